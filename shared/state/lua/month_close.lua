#!lua flags=allow-oom
-- Stores the bytes of a month that is over where they are kept for good.
-- Guarantee: the bytes of a month never get lower. Those that were counted late are added, and the month keeps its bytes when
-- its own key has expired.
-- Returns the bytes stored, or -1 when nothing was counted in the month.

local monthKey = KEYS[1] -- [string] bytes
local monthsKey = KEYS[2] -- [hash] month to bytes
local month = ARGV[1] -- [YYYY-MM]

local counted = redis.call('GET', monthKey)
local noted = redis.call('HGET', monthsKey, month)
if counted and tonumber(counted) > (tonumber(noted) or -1) then
  redis.call('HSET', monthsKey, month, counted)
  noted = counted
end
return tonumber(noted) or -1
