#!lua flags=allow-oom
-- Changes what is known of a job: sets fields, takes fields out, and adds to the counts of its runs.
-- Guarantee: calls for one job add up, whichever janitors make them.
-- Returns nothing.

local recordsKey = KEYS[1] -- [hash] job to JSON
local job = ARGV[1] -- [name]
local changes = cjson.decode(ARGV[2]) -- [JSON] fields to set; null takes one out
local runs = tonumber(ARGV[3]) -- [count] finished since
local failures = tonumber(ARGV[4]) -- [count] of them failed

local text = redis.call('HGET', recordsKey, job)
local record = text and cjson.decode(text) or { job = job, runs = 0, failures = 0 }
for field, value in pairs(changes) do
  record[field] = value ~= cjson.null and value or nil
end
record.runs = record.runs + runs
record.failures = record.failures + failures
redis.call('HSET', recordsKey, job, cjson.encode(record))
