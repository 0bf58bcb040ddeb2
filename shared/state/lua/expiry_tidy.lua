#!lua flags=allow-oom
-- Takes mailboxes that have run empty out of the expiry index: one page of the index. A device that has neither a holder nor a
-- message is forgotten.
-- Guarantee: a mailbox with something in it keeps its entry, so that a sweep finds it.
-- Returns {entries looked at, entries taken out}.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local start = tonumber(ARGV[1]) -- [rank] from the end of the index, 0 for the first page
local pageSize = tonumber(ARGV[2]) -- [count] entries

local function tidy(id, key)
  local mailbox = readMailbox(key)
  if mailbox.session == '' then
    release(shard, id, mailbox, 0)
    return
  end
  redis.call('ZREM', shard .. 'expiry', id)
  mailbox.earliest, mailbox.swept = 0, nil
  redis.call('HSET', key, 'b', packBooks(mailbox))
end

-- From the end: sweeps take entries out at the beginning, which would move the rest past a reader who began there.
local devices = redis.call('ZRANGE', shard .. 'expiry', start, start + pageSize - 1, 'REV')
local removed = 0
for _, id in ipairs(devices) do
  local key = shard .. 'box:' .. id
  if depthOf(key) == 0 then
    tidy(id, key)
    removed = removed + 1
  end
end
return { #devices, removed }
