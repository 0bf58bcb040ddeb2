#!lua flags=allow-oom
-- Writes the sums of a longer period, which the caller added up from its parts.
-- Guarantee: no amount gets lower. Parts only grow until they expire, so a janitor that was frozen between reading and
-- writing cannot undo what another wrote meanwhile.
-- Returns the number of fields that were written.

local key = KEYS[1] -- [hash] field to amount, of the longer period
local fields = cmsgpack.unpack(ARGV[1]) -- [field, amount as text, field, amount as text...]
local forgottenAtMs = ARGV[2] -- [ms] Unix time

local written = 0
for i = 1, #fields, 2 do
  local before = tonumber(redis.call('HGET', key, fields[i]))
  if not before or before < tonumber(fields[i + 1]) then
    redis.call('HSET', key, fields[i], fields[i + 1])
    written = written + 1
  end
end
if written > 0 then
  redis.call('PEXPIREAT', key, forgottenAtMs)
end
return written
