#!lua flags=allow-oom
-- Notes the bytes of a month among the closed ones, which are kept. Never lowers them: bytes that were counted late come
-- on top, and a month whose own key is forgotten keeps what was noted.
-- Returns the bytes noted, or -1 when nothing is known of the month.

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
