#!lua flags=allow-oom
-- Forgets messages that were left to the asking node and that it could not hand on, so that they may be sent again.
-- Returns the number of messages forgotten.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local messages = cmsgpack.unpack(ARGV[1]) -- [[recipient, repeat key]...]
local leftToNode = '-1' -- what message_forward wrote; what another wrote since stays

local forgotten = 0
for _, message in ipairs(messages) do
  local key = shard .. 'seen:' .. message[1] .. ':' .. message[2]
  if redis.call('GET', key) == leftToNode then
    forgotten = forgotten + redis.call('DEL', key)
  end
end
return forgotten
