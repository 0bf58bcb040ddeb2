#!lua flags=allow-oom
-- Takes queues that have run empty out of the expiry index: one page of the index. A device that has neither a holder nor a
-- queue is forgotten.
-- Guarantee: a queue with something in it keeps its entry, so that a sweep finds it.
-- Returns {entries looked at, entries taken out}.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local start = tonumber(ARGV[1]) -- [rank] from the end of the index, 0 for the first page
local pageSize = tonumber(ARGV[2]) -- [count] entries

local function tidy(id)
  local deviceKey = shard .. 'device:' .. id
  local held = redis.call('HMGET', deviceKey, 'session', 'bytes')
  if held[1] then
    redis.call('ZREM', shard .. 'expiry', id)
    redis.call('HDEL', deviceKey, 'earliest', 'swept', 'swept_earliest')
  else
    release(shard, id, nil, tonumber(held[2]) or 0)
  end
end

-- From the end: sweeps take entries out at the beginning, which would move the rest past a reader who began there.
local devices = redis.call('ZRANGE', shard .. 'expiry', start, start + pageSize - 1, 'REV')
local removed = 0
for _, id in ipairs(devices) do
  if redis.call('EXISTS', shard .. 'queue:' .. id) == 0 then
    tidy(id)
    removed = removed + 1
  end
end
return { #devices, removed }
