-- Publishes notices to a node, on its channel of a lane, and in front of them a number that is one higher than that of the publish
-- before: by it the node finds that it missed one. Its probes keep the counter. Returns the listeners; where there are none the
-- node has to subscribe anew, and takes any number for its first.
local function notify(lane, node, notices)
  local sentKey = lane .. 'sent:' .. node
  local number = redis.call('INCR', sentKey)
  if number == 1 then
    number = startSent(sentKey)
  end
  local listeners = redis.call('SPUBLISH', lane .. 'to:' .. node, cmsgpack.pack({ 'number', number }) .. notices)
  if listeners == 0 then
    redis.call('DEL', sentKey)
  end
  return listeners
end
