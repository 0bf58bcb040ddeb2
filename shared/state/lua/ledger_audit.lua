#!lua flags=allow-oom,no-writes
-- Counts the messages in one page of a shard's mailboxes, in the order of the expiry index.
-- Guarantee: the pages together name every queue that is there from the first page to the last; some they name twice.
-- Returns {cursor of the next page ('0': this was the last), accepted, acked, expired, device, messages, device,
-- messages...}; the three counts are the shard's ledger.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local cursor = ARGV[1] -- [cursor] of ZSCAN, '0' for the first page
local pageSize = ARGV[2] -- [count] queues, about

local counts = redis.call('HMGET', shard .. 'ledger', 'accepted', 'acked', 'expired')
local found = redis.call('ZSCAN', shard .. 'expiry', cursor, 'COUNT', pageSize)
local page = { found[1], tonumber(counts[1]) or 0, tonumber(counts[2]) or 0, tonumber(counts[3]) or 0 }
local devices = found[2] -- each with its score
for i = 1, #devices, 2 do
  page[#page + 1] = devices[i]
  page[#page + 1] = depthOf(shard .. 'box:' .. devices[i])
end
return page
