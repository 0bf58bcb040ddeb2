#!lua flags=allow-oom
-- Takes out of the expiry index the queues that have run empty before their time came: a page of it. A device that is left
-- with neither holder nor queue is forgotten.
-- Returns {entries looked at, entries taken out}.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local start = tonumber(ARGV[1]) -- [rank] from the end of the index, 0 for the first page
local pageSize = tonumber(ARGV[2]) -- [count] entries

local bytesGained = 0

local function tidy(id)
  local deviceKey = shard .. 'device:' .. id
  local held = redis.call('HMGET', deviceKey, 'session', 'bytes')
  redis.call('ZREM', shard .. 'expiry', id)
  if held[1] then
    redis.call('HDEL', deviceKey, 'earliest', 'swept', 'swept_earliest')
  elseif redis.call('DEL', deviceKey) == 1 then
    bytesGained = bytesGained - (tonumber(held[2]) or 0)
  end
end

-- From the end: sweeps take entries out at the beginning, and would move the rest past a reader who began there.
local devices = redis.call('ZRANGE', shard .. 'expiry', start, start + pageSize - 1, 'REV')
local removed = 0
for _, id in ipairs(devices) do
  if redis.call('EXISTS', shard .. 'queue:' .. id) == 0 then
    tidy(id)
    removed = removed + 1
  end
end
if bytesGained ~= 0 then
  redis.call('HINCRBY', shard .. 'ledger', 'bytes', bytesGained)
end
return { #devices, removed }
