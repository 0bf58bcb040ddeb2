#!lua flags=allow-oom
-- Takes the lock of a job, or renews it for the run that has it. Runs above maxmemory, when the jobs that free memory are
-- needed most.
-- Guarantee: one run has the lock at a time.
-- Returns 1, or 0 when another run has it.

local lockKey = KEYS[1] -- [string] the run that has it
local run = ARGV[1] -- [id] of the calling run
local lifetimeMs = ARGV[2] -- [ms] until the lock ends by itself

local holder = redis.call('GET', lockKey)
if holder and holder ~= run then
  return 0
end
redis.call('SET', lockKey, run, 'PX', lifetimeMs)
return 1
