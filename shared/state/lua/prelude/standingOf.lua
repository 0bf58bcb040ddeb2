-- How well the relay knows an id, looked up where it lasts: its standing; until when an id is seen, in ms, or 0; and whether it is
-- a claimed device that takes messages from listed contacts only.
local function standingOf(shard, id)
  local claim = redis.call('HMGET', shard .. 'claim:' .. id, 'key', 'accept')
  if claim[1] then
    return standings.known, 0, claim[2] == 'listed'
  end
  local seconds = math.floor(now / 1000)
  local lastSeen = tonumber(redis.call('ZSCORE', shard .. 'residents', id))
  if lastSeen and lastSeen > seconds - rememberedSeconds then
    return standings.known, 0, false
  end
  local visit = tonumber(redis.call('ZSCORE', shard .. 'visitors', id))
  local seenUntil = visit and math.floor(visit / 1024) * 1000 + seenMs or 0
  if seenUntil > now then
    return standings.seen, seenUntil, false
  end
  return standings.strange, 0, false
end
