#!lua flags=allow-oom
-- Notes that a Redis rewrites its append-only file. Runs above maxmemory, or a full Redis would rewrite it every minute.
-- Guarantee: the note ends by itself when the next rewrite is due.
-- Returns OK.

local noteKey = KEYS[1] -- [string] there while the last rewrite is not long ago
local lifetimeMs = ARGV[1] -- [ms] until the next rewrite is due

return redis.call('SET', noteKey, '1', 'PX', lifetimeMs)
