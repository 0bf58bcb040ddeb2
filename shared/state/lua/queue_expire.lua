#!lua flags=allow-oom
-- Takes what has expired out of queues and sets their entries in the expiry index anew: in the queues of the given
-- devices or, when none are given, in those whose turn it is by the index. A call looks at a bounded part of what there
-- is; in a queue that it leaves half done the next call goes on from there.
-- Returns {messages taken out, queues done with, more to do (0 or 1)}.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local devices = cmsgpack.unpack(ARGV[1]) -- [device...]
local pageSize = tonumber(ARGV[2]) -- [count] queues taken from the index
local leaseMs = tonumber(ARGV[3]) -- [ms] how long a registration lives without being checked
local mostMembers = 512 -- messages looked at in a call, and
local mostBytes = 1048576 -- bytes of them
local head = '\151\207' -- of an envelope (src/envelope.ts), in front of its expiry
local endOfTime = 2 ^ 53 -- [ms] later ones are no whole numbers to Redis
local readAhead = 8 -- members fetched at a time, so that large ones are not copied in vain

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local members, bytes = 0, 0 -- looked at
local expired, bytesGained = 0, 0

local function load(id)
  local key, queueKey = shard .. 'device:' .. id, shard .. 'queue:' .. id
  local held = redis.call('HMGET', key, 'session', 'bytes', 'until', 'swept', 'swept_earliest')
  return {
    id = id,
    key = key,
    queueKey = queueKey,
    session = held[1],
    booked = tonumber(held[2]),
    keptUntil = tonumber(held[3]) or 0,
    cursor = held[4] or '-inf',
    earliest = tonumber(held[5]),
    removedBytes = 0,
  }
end

-- What is no envelope has no lifetime: one that is damaged must keep nobody from the others.
local function expiryOf(envelope)
  if #envelope < #head + 8 or string.sub(envelope, 1, 2) ~= head then
    return 0
  end
  return math.min(struct.unpack('>I8', envelope, #head + 1), endOfTime)
end

local function remove(device, first, last)
  if first then
    expired = expired + redis.call('ZREMRANGEBYSCORE', device.queueKey, first, last)
  end
end

-- Looks at what lies behind the cursor. Returns whether it came to the end.
local function walk(device)
  while members < mostMembers and bytes < mostBytes do
    local from = '(' .. device.cursor
    local found = redis.call('ZRANGE', device.queueKey, from, '+inf', 'BYSCORE', 'LIMIT', 0, readAhead, 'WITHSCORES')
    local first, last -- of expired ones in a row
    for i = 1, #found, 2 do
      local expiresAt, seq = expiryOf(found[i]), found[i + 1]
      members, bytes = members + 1, bytes + #found[i]
      if expiresAt <= now then
        first, last = first or seq, seq
        device.removedBytes = device.removedBytes + #found[i]
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

-- Nothing is queued: what is left is a registration, which lives as long as its lease, or nothing.
local function release(device)
  redis.call('ZREM', shard .. 'expiry', device.id)
  if not device.session then
    redis.call('DEL', device.key)
    return
  end
  redis.call('HSET', device.key, 'bytes', 0)
  redis.call('HDEL', device.key, 'earliest', 'swept', 'swept_earliest')
  if device.keptUntil > now + leaseMs then
    redis.call('HSET', device.key, 'until', now + leaseMs)
    redis.call('PEXPIREAT', device.key, now + leaseMs)
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
    release(device)
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
if expired > 0 then
  redis.call('HINCRBY', shard .. 'ledger', 'expired', expired)
end
if bytesGained ~= 0 then
  redis.call('HINCRBY', shard .. 'ledger', 'bytes', bytesGained)
end
return { expired, done, more }
