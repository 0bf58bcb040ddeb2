-- Publishes notices to a node, on its channel of a lane, and in front of them a number that is one higher than that of the publish
-- before: by it the node finds that it missed one. Its probes keep the counter. Returns the listeners; where there are none the
-- node has to subscribe anew, and takes any number for its first. The notices are a list of texts, behind a place for the number:
-- they are put together once, as each text that Lua makes costs by its bytes.
local function notify(lane, node, notices)
  local sentKey = lane .. 'sent:' .. node
  local number = redis.call('INCR', sentKey)
  if number == 1 then
    number = startSent(sentKey)
  end
  notices[1] = cmsgpack.pack({ 'number', number })
  local listeners = redis.call('SPUBLISH', lane .. 'to:' .. node, table.concat(notices))
  if listeners == 0 then
    redis.call('DEL', sentKey)
  end
  return listeners
end
