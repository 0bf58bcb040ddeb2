#!lua flags=allow-oom
-- Adds the bytes of one node to the month.
-- Guarantee: each flush counts once, however often it is sent.
-- Returns {bytes of the month, now in ms of Redis's clock}.

local monthKey = KEYS[1] -- [string] bytes
local flushedKey = KEYS[2] -- [string] the node's last flush
local flush = ARGV[1] -- [id] of this flush
local bytes = ARGV[2] -- [bytes] received and sent since the flush before
local monthLifetimeMs = ARGV[3] -- [ms]
local flushedLifetimeMs = ARGV[4] -- [ms]

if redis.call('GET', flushedKey) ~= flush then
  redis.call('INCRBY', monthKey, bytes)
  redis.call('PEXPIRE', monthKey, monthLifetimeMs)
  redis.call('SET', flushedKey, flush, 'PX', flushedLifetimeMs)
end
return { tonumber(redis.call('GET', monthKey)) or 0, now }
