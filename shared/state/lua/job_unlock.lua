#!lua flags=allow-oom
-- Gives back the lock of a job.
-- Guarantee: a lock that another run has by now stays.
-- Returns 1, or 0 when the calling run did not have the lock.

local lockKey = KEYS[1] -- [string] the run that has it
local run = ARGV[1] -- [id] of the calling run

return redis.call('GET', lockKey) == run and redis.call('DEL', lockKey) or 0
