#!lua flags=allow-oom
-- Gives the lock of a job back, if it is still the asking run's.
-- Returns 1, or 0 when it was not.

local lockKey = KEYS[1] -- [string] the run that has it
local run = ARGV[1] -- [id] of the asking run

return redis.call('GET', lockKey) == run and redis.call('DEL', lockKey) or 0
