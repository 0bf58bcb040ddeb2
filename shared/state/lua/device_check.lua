#!lua flags=allow-oom
-- Tells connections whether they still hold their devices and how far the queues have got. It renews their leases, and what makes
-- the devices known. It also repeats what Redis may have missed: that a socket is backed up or writable again, or that the
-- device said it is offline.
-- Guarantee: a connection that does not hold its device changes nothing.
-- Returns MessagePack [state...], one a connection: the last seq of the queue (0 or more), -1 when another connection holds
-- the device, -2 when nobody does.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local holders = cmsgpack.unpack(ARGV[1]) -- [[device, session, 'backpressured' | 'writable' | 'offline' | '' (keeps it)]...]
local node = ARGV[2] -- [id] of the calling node
local leaseMs = tonumber(ARGV[3]) -- [ms] how long a registration lives without a check

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
    suspend(shard, id, held[4])
  end
  -- Edges check at half time for this, and by a clock of their own.
  if (tonumber(held[3]) or 0) < now + leaseMs * 3 / 4 then
    keepUntil(deviceKey, now + leaseMs)
    keepKnown(shard, id)
  end
  if mark == 'backpressured' and not held[5] then
    redis.call('HSET', deviceKey, 'behind', 1)
  elseif mark == 'writable' and held[5] then
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
