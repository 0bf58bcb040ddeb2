#!lua flags=allow-oom
-- Ends registrations of a node that has died: a page of them. Whoever listens on the node's channel is alive, though it
-- may be frozen, and keeps them.
-- Returns {'listening'} or {'reaped', devices released, more (0 or 1)}.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local node = ARGV[1] -- [id] the dead node
local pageSize = tonumber(ARGV[2]) -- [count] devices

if redis.call('PUBSUB', 'SHARDNUMSUB', shard .. 'to:' .. node)[2] > 0 then
  return { 'listening' }
end

local bytesGained = 0

-- Returns the number of registrations that ended: none when another node has the device by now.
local function release(id)
  local deviceKey = shard .. 'device:' .. id
  local held = redis.call('HMGET', deviceKey, 'node', 'bytes')
  if held[1] ~= node then
    return 0
  end
  if redis.call('EXISTS', shard .. 'queue:' .. id) == 1 then
    redis.call('HDEL', deviceKey, 'node', 'session', 'since', 'behind')
  else
    redis.call('DEL', deviceKey)
    redis.call('ZREM', shard .. 'expiry', id)
    bytesGained = bytesGained - (tonumber(held[2]) or 0)
  end
  return 1
end

local devices = redis.call('SPOP', shard .. 'node:' .. node, pageSize)
local released = 0
for _, id in ipairs(devices) do
  released = released + release(id)
end
if bytesGained ~= 0 then
  redis.call('HINCRBY', shard .. 'ledger', 'bytes', bytesGained)
end
return { 'reaped', released, #devices == pageSize and 1 or 0 }
