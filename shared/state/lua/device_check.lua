#!lua flags=allow-oom
-- Asks whether connections still hold their devices, and how far the queues have got; renews their leases, and puts right
-- what Redis has not heard of: that a socket is backed up or no longer, or that its device has said that it is offline.
-- Returns MessagePack [state...], one a connection: the queue's last seq (0 or more), -1 another connection holds the
-- device, -2 nobody does.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local holders = cmsgpack.unpack(ARGV[1]) -- [[device, session, 'behind' | 'keeping up' | 'offline' | '' as it is]...]
local node = ARGV[2] -- [id] the asking node
local leaseMs = tonumber(ARGV[3]) -- [ms] how long a registration lives without being checked

local function check(id, session, mark)
  local deviceKey = shard .. 'device:' .. id
  local held = redis.call('HMGET', deviceKey, 'session', 'seq', 'until', 'node', 'behind')
  if not held[1] or not held[4] and mark ~= 'offline' then
    return -2
  end
  if held[1] ~= session then
    return -1
  end
  if mark == 'offline' and held[4] then
    redis.call('HDEL', deviceKey, 'node')
    redis.call('SREM', shard .. 'node:' .. held[4], id)
  end
  -- Renewed at half time, so that an idle device costs a read and no write.
  if (tonumber(held[3]) or 0) < now + leaseMs / 2 then
    redis.call('HSET', deviceKey, 'until', now + leaseMs)
    redis.call('PEXPIREAT', deviceKey, now + leaseMs)
  end
  if mark == 'behind' and not held[5] then
    redis.call('HSET', deviceKey, 'behind', 1)
  elseif mark == 'keeping up' and held[5] then
    redis.call('HDEL', deviceKey, 'behind')
  end
  return tonumber(held[2]) or 0
end

local states = {}
for i, holder in ipairs(holders) do
  states[i] = check(holder[1], holder[2], holder[3])
end
redis.call('PEXPIRE', shard .. 'node:' .. node, leaseMs)
return cmsgpack.pack(states)
