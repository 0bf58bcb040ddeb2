#!lua flags=allow-oom
-- Takes what has expired out of queues and sets their entries in the expiry index anew.
-- Returns the number of messages taken out.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local devices = cmsgpack.unpack(ARGV[1]) -- [device...]
local slackMs = tonumber(ARGV[2]) -- [ms] how far key lifetimes exceed what they hold
local pageSize = 32 -- members looked at at a time

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function expire(id)
  local deviceKey, queueKey = shard .. 'device:' .. id, shard .. 'queue:' .. id
  local removed, removedBytes, earliest, latest, cursor = 0, 0, nil, 0, '-inf'
  repeat
    local members = redis.call('ZRANGE', queueKey, cursor, '+inf', 'BYSCORE', 'LIMIT', 0, pageSize, 'WITHSCORES')
    for i = 1, #members, 2 do
      local expiresAt, seq = struct.unpack('>I8', members[i], 3), members[i + 1]
      if expiresAt <= now then
        redis.call('ZREMRANGEBYSCORE', queueKey, seq, seq)
        removed, removedBytes = removed + 1, removedBytes + #members[i]
      else
        earliest = math.min(earliest or expiresAt, expiresAt)
        latest = math.max(latest, expiresAt)
      end
      cursor = '(' .. seq
    end
  until #members < 2 * pageSize

  if earliest then
    redis.call('ZADD', shard .. 'expiry', earliest, id)
    redis.call('PEXPIREAT', shard .. 'expiry', latest + slackMs, 'NX')
    redis.call('PEXPIREAT', shard .. 'expiry', latest + slackMs, 'GT')
  else
    redis.call('ZREM', shard .. 'expiry', id)
  end
  if redis.call('EXISTS', deviceKey) == 0 then
    return removed
  end
  if not earliest and not redis.call('HGET', deviceKey, 'session') then
    redis.call('DEL', deviceKey)
    return removed
  end
  local bytes = tonumber(redis.call('HGET', deviceKey, 'bytes')) or 0
  redis.call('HSET', deviceKey, 'bytes', math.max(0, bytes - removedBytes))
  if earliest then
    redis.call('HSET', deviceKey, 'earliest', earliest)
  else
    redis.call('HDEL', deviceKey, 'earliest')
  end
  return removed
end

local expired = 0
for _, id in ipairs(devices) do
  expired = expired + expire(id)
end
if expired > 0 then
  redis.call('HINCRBY', shard .. 'ledger', 'expired', expired)
end
return expired
