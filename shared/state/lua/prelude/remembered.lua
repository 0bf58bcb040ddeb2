-- What is remembered of ids that are in no mailbox: a text or false for each digest, in order: when the message expires, in ms of
-- Redis's clock; 0 for a live-only one that was handed over; below 0 for one that is under way until then. There is a bucket of the
-- two minutes to come when Redis's clock was set back.
local function remembered(lane, digests)
  local texts = redis.call('HMGET', bucketOf(lane, now), unpack(digests))
  local before = redis.call('HMGET', bucketOf(lane, now - 120000), unpack(digests))
  local after = bucketOf(lane, now + 120000)
  after = redis.call('EXISTS', after) == 1 and redis.call('HMGET', after, unpack(digests)) or {}
  for i = 1, #digests do
    local text = tonumber(texts[i] or before[i] or after[i])
    texts[i] = text and (text >= 0 or -text > now) and text or false
  end
  return texts
end
