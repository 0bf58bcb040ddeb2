-- How well the relay knows an id, looked up where it lasts: 'known', 'seen' or 'strange'; until when an id is seen, in ms, or 0;
-- and what is special about it: 'l' (a claimed device that takes messages from listed contacts only) or ''.
local function standingOf(shard, id)
  local claim = redis.call('HMGET', shard .. 'claim:' .. id, 'key', 'accept')
  if claim[1] then
    return 'known', 0, claim[2] == 'listed' and 'l' or ''
  end
  local seconds = math.floor(now / 1000)
  local lastSeen = tonumber(redis.call('ZSCORE', shard .. 'residents', id))
  if lastSeen and lastSeen > seconds - rememberedSeconds then
    return 'known', 0, ''
  end
  local visit = tonumber(redis.call('ZSCORE', shard .. 'visitors', id))
  local seenUntil = visit and math.floor(visit / 1024) * 1000 + seenMs or 0
  if seenUntil > now then
    return 'seen', seenUntil, ''
  end
  return 'strange', 0, ''
end
