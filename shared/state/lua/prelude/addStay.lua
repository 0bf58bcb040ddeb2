-- Adds seconds to how long a device was connected altogether, and notes when it was last seen, in ms. Returns its standing. While
-- its mailbox says that it is seen nothing need be noted: this is for when it leaves.
local function addStay(shard, id, seconds, seenAt)
  local atSeconds = math.floor(now / 1000)
  local visit = tonumber(redis.call('ZSCORE', shard .. 'visitors', id)) or 0
  local before = visit % 1024
  if visit <= (atSeconds - rememberedSeconds) * 1024 then
    before = 0
  end
  if before + seconds < knownAfterSeconds then
    local seen = math.max(math.floor(seenAt / 1000) * 1024, visit - visit % 1024)
    redis.call('ZADD', shard .. 'visitors', seen + before + seconds, id)
    redis.call('EXPIRE', shard .. 'visitors', rememberedSeconds)
    return standings.seen
  end
  redis.call('ZREM', shard .. 'visitors', id)
  redis.call('ZADD', shard .. 'residents', atSeconds, id)
  redis.call('EXPIRE', shard .. 'residents', rememberedSeconds)
  return standings.known
end
