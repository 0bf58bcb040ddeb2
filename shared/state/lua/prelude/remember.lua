-- Remembers ids for two to four minutes: digests and their texts in turn. Whoever begins a bucket takes out the one that nobody
-- looks into any more.
local function remember(lane, texts)
  local key = bucketOf(lane, now)
  if redis.call('HSET', key, unpack(texts)) * 2 == #texts and redis.call('HLEN', key) * 2 == #texts then
    redis.call('PEXPIRE', key, 360000)
    redis.call('UNLINK', bucketOf(lane, now - 240000))
  end
end
