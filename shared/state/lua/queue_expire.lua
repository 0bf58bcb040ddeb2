#!lua flags=allow-oom
-- Sweeps queues: takes expired messages out and updates the entries in the expiry index. It sweeps the queues of the given
-- devices or, when none are given, those that are due by the index.
-- Guarantee: each expired message counts as expired once. A call looks at a bounded number of messages, and the next call
-- goes on in a queue that was left half swept.
-- Returns {messages taken out, queues swept to their end, more to do (0 or 1)}.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local devices = cmsgpack.unpack(ARGV[1]) -- [device...]
local pageSize = tonumber(ARGV[2]) -- [count] queues to take from the index
local leaseMs = tonumber(ARGV[3]) -- [ms] how long a registration lives without a check
local mostMembers = 512 -- messages that a call looks at, and
local mostBytes = 1048576 -- their bytes
local endOfTime = 2 ^ 53 -- [ms] Redis has no exact whole numbers beyond
local readAhead = 8 -- messages fetched at a time: few, as large ones beyond the bound would be copied in vain

local members, bytes = 0, 0 -- looked at so far
local expired, bytesGained = 0, 0

local function load(id)
  local key, queueKey = shard .. 'device:' .. id, shard .. 'queue:' .. id
  local held = redis.call('HMGET', key, 'session', 'bytes', 'until', 'swept', 'swept_earliest', 'special')
  return {
    id = id,
    key = key,
    queueKey = queueKey,
    session = held[1],
    booked = tonumber(held[2]),
    keptUntil = tonumber(held[3]) or 0,
    cursor = held[4] or '-inf',
    earliest = tonumber(held[5]),
    isCounted = isCounted(held[6]),
    removedBytes = 0,
  }
end

local function remove(device, first, last)
  if first then
    expired = expired + redis.call('ZREMRANGEBYSCORE', device.queueKey, first, last)
  end
end

-- Looks at the messages after the cursor. Returns whether it came to the end of the queue.
local function walk(device)
  while members < mostMembers and bytes < mostBytes do
    local from = '(' .. device.cursor
    local found = redis.call('ZRANGE', device.queueKey, from, '+inf', 'BYSCORE', 'LIMIT', 0, readAhead, 'WITHSCORES')
    local first, last -- seqs of expired messages in a row
    for i = 1, #found, 2 do
      -- A damaged envelope has no expiry and is taken out at once.
      local expiresAt, seq = math.min(expiryOf(found[i]) or 0, endOfTime), found[i + 1]
      members, bytes = members + 1, bytes + #found[i]
      if expiresAt <= now then
        first, last = first or seq, seq
        device.removedBytes = device.removedBytes + #found[i]
        if device.isCounted then
          removeShare(shard, device.id, found[i])
        end
      else
        remove(device, first, last)
        first = nil
        device.earliest = math.min(device.earliest or expiresAt, expiresAt)
      end
      device.cursor = seq
    end
    remove(device, first, last)
    if #found < 2 * readAhead then
      return true
    end
  end
  return false
end

-- The queue is empty: a registered device lives on until its lease ends, any other is forgotten.
local function leaveEmpty(device)
  redis.call('ZREM', shard .. 'expiry', device.id)
  if not device.session then
    redis.call('DEL', device.key)
    return
  end
  redis.call('HSET', device.key, 'bytes', 0)
  redis.call('HDEL', device.key, 'earliest', 'swept', 'swept_earliest')
  if device.keptUntil > now + leaseMs then
    keepUntil(device.key, now + leaseMs)
  end
end

local function index(device)
  local keptUntil = math.max(device.keptUntil, device.earliest + leaseMs)
  redis.call('ZADD', shard .. 'expiry', device.earliest, device.id)
  redis.call('PEXPIREAT', shard .. 'expiry', keptUntil, 'NX')
  redis.call('PEXPIREAT', shard .. 'expiry', keptUntil, 'GT')
  if device.booked then
    redis.call('HSET', device.key, 'earliest', device.earliest)
    redis.call('HDEL', device.key, 'swept', 'swept_earliest')
  end
end

local function leaveHalfDone(device)
  redis.call('HSET', device.key, 'swept', device.cursor)
  if device.earliest then
    redis.call('HSET', device.key, 'swept_earliest', device.earliest)
  end
  redis.call('PEXPIRE', device.key, leaseMs, 'NX')
end

-- Returns whether the whole queue was looked at.
local function expire(device)
  local ended = walk(device)
  local isEmpty = redis.call('EXISTS', device.queueKey) == 0
  local left = isEmpty and 0 or math.max(0, (device.booked or 0) - device.removedBytes)
  bytesGained = bytesGained + left - (device.booked or 0)
  if isEmpty then
    leaveEmpty(device)
    return true
  end
  if device.booked then
    redis.call('HSET', device.key, 'bytes', left)
  end
  if ended then
    index(device)
  else
    leaveHalfDone(device)
  end
  return ended
end

local more = 0
if #devices == 0 then
  devices = redis.call('ZRANGE', shard .. 'expiry', '-inf', now, 'BYSCORE', 'LIMIT', 0, pageSize)
  more = #devices == pageSize and 1 or 0
end
local done = 0
for _, id in ipairs(devices) do
  if members >= mostMembers or bytes >= mostBytes or not expire(load(id)) then
    more = 1
    break
  end
  done = done + 1
end
count(shard, 'expired', expired)
count(shard, 'bytes', bytesGained)
return { expired, done, more }
