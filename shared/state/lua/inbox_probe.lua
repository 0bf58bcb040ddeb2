#!lua flags=allow-oom
-- Publishes to a node the number of what was last published to it, on its channel of a lane: the node sees that the channel works,
-- and that it missed nothing. Runs above maxmemory, because a full Redis goes on delivering.
-- Guarantee: what was published before the probe comes before it.
-- Returns now in ms of Redis's clock.

local lane = KEYS[1] -- [prefix] of the lane: the counter and the channel lie in one slot
local node = ARGV[1] -- [id] that probes

local sentKey = lane .. 'sent:' .. node
local number = tonumber(redis.call('GET', sentKey)) or startSent(sentKey)
-- Renewed at half time: most probes write nothing.
if redis.call('PTTL', sentKey) < sentMs / 2 then
  redis.call('PEXPIRE', sentKey, sentMs)
end
redis.call('SPUBLISH', lane .. 'to:' .. node, cmsgpack.pack({ 'probe', number }))
return now
