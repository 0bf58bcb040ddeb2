-- Adds seconds to how long a device was connected altogether. Returns 'seen' or 'known'.
local function addStay(shard, id, seconds)
  local atSeconds = math.floor(now / 1000)
  local visit = tonumber(redis.call('ZSCORE', shard .. 'visitors', id)) or atSeconds * 1024
  if visit % 1024 + seconds < knownAfterSeconds then
    redis.call('ZADD', shard .. 'visitors', visit + seconds, id)
    redis.call('EXPIRE', shard .. 'visitors', rememberedSeconds)
    return 'seen'
  end
  redis.call('ZREM', shard .. 'visitors', id)
  redis.call('ZADD', shard .. 'residents', atSeconds, id)
  redis.call('EXPIRE', shard .. 'residents', rememberedSeconds)
  local deviceKey = shard .. 'device:' .. id
  if redis.call('EXISTS', deviceKey) == 1 then
    redis.call('HSET', deviceKey, 'standing', 'known')
    redis.call('HDEL', deviceKey, 'seen_until')
  end
  return 'known'
end
