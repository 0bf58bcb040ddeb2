-- The device has said that it is offline: its connection keeps it and may acknowledge, but nothing is delivered.
local function suspend(shard, id, node)
  redis.call('HDEL', shard .. 'device:' .. id, 'node')
  redis.call('SREM', shard .. 'node:' .. node, id)
end
