-- Ends a registration: nobody holds the device any more. It is forgotten unless something is queued for it.
-- `node` holds it until now, or nil; `bytes` is what the device's hash says of its queue, which may have ended unseen.
local function release(shard, id, node, bytes)
  local deviceKey = shard .. 'device:' .. id
  if node then
    redis.call('SREM', shard .. 'node:' .. node, id)
  end
  if redis.call('EXISTS', shard .. 'queue:' .. id) == 1 then
    redis.call('HDEL', deviceKey, 'node', 'session', 'since', 'behind')
    return
  end
  redis.call('DEL', deviceKey)
  redis.call('ZREM', shard .. 'expiry', id)
  if bytes > 0 then
    redis.call('HINCRBY', shard .. 'ledger', 'bytes', -bytes)
  end
end
