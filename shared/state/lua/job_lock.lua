#!lua flags=allow-oom
-- Takes the lock of a job, or renews it for whoever has it. Allowed above maxmemory: what a job frees is needed most then.
-- Returns 1, or 0 when another has it.

local lockKey = KEYS[1] -- [string] the run that has it
local run = ARGV[1] -- [id] of the asking run
local lifetimeMs = ARGV[2] -- [ms] until it ends by itself

local holder = redis.call('GET', lockKey)
if holder and holder ~= run then
  return 0
end
redis.call('SET', lockKey, run, 'PX', lifetimeMs)
return 1
