-- Publishes notices to a node. Returns how many listen.
local function notify(lane, node, records)
  return redis.call('SPUBLISH', lane .. 'to:' .. node, records)
end
