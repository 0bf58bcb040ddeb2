#!lua flags=allow-oom
-- Takes acknowledged messages out of their mailboxes, and remembers their ids for a while.
-- Guarantee: each message counts as acked once, and only a connection that holds the device can acknowledge.
-- Returns MessagePack [state...], one an ack: 1 taken out, 0 the mailbox has no message of this digest and number, -1 not the
-- holder.

local lane = KEYS[1] -- [prefix] of the lane's first shard; every other key is one of a shard of the lane
-- The seq and the expiry are texts; the expiry is '' for a message whose id is not remembered.
local acks = cmsgpack.unpack(ARGV[1]) -- [shard, device, session, seq, envelope bytes, digest, expiry in ms, shard, ...]
local fields = 7 -- of an ack in `acks`

local states = {}
local gone = {} -- by digest: this call has taken the message out
local leaving = {} -- digests and expiries in turn
local ledgers = {}

local nextOf = {} -- by where an ack begins in `acks`, where the next of the same device does

-- One device's acks, from its first on. What is known of its mailbox is in locals, as tables cost more than all the rest.
local function acknowledge(id, first)
  local shard = prefixOf(acks[first])
  local key = shard .. 'box:' .. id
  local held = readFields(key, first, nextOf, acks, 5)
  local isThere, _, _, _, flags, _, session = unpackHolder(held[1])
  local seq, bytes, keptUntil, earliest, head, swept, sweptEarliest = unpackBooks(key, held[2], isThere)
  local isHeld, isCounted, booked, field, taken = session ~= '', hasFlag(flags, 'counted'), bytes, 2, nil
  local item = first
  while item do
    field = field + 1
    local state, digest, acked = 0, acks[item + 5], acks[item + 3]
    if not isHeld or acks[item + 2] ~= session then
      state = -1
    elseif held[field] == acked and not gone[digest] then
      state = 1
      gone[digest] = true
      if isCounted then
        removeShare(shard, id, redis.call('HGET', key, acked) or '')
      end
      if taken then
        local last = #taken
        taken[last + 1], taken[last + 2] = digest, acked
      else
        taken = { digest, acked }
      end
      bytes = bytes - acks[item + 4]
      if tonumber(acked) == head then
        head = head + 1
      end
      if acks[item + 6] ~= '' then
        local last = #leaving
        leaving[last + 1], leaving[last + 2] = digest, acks[item + 6]
      end
    end
    states[(item - 1) / fields + 1] = state
    item = nextOf[item]
  end
  if not taken then
    return
  end
  redis.call('HDEL', key, unpack(taken))
  -- One that is left empty keeps its books as they are: nobody reads the bytes of a mailbox without messages.
  if depthOf(key) == 0 then
    bytes = 0
  else
    bytes = math.max(0, bytes)
    redis.call('HSET', key, 'b', booksOf(seq, bytes, keptUntil, earliest, head, swept, sweptEarliest))
  end
  countIn(ledgers, shard, 'acked', #taken / 2)
  countIn(ledgers, shard, 'bytes', bytes - booked)
end

local firstOf, lastOf = {}, {} -- by device
for first = 1, #acks, fields do
  local id = acks[first + 1]
  states[#states + 1] = 0
  if firstOf[id] then
    nextOf[lastOf[id]] = first
  else
    firstOf[id] = first
  end
  lastOf[id] = first
end
for id, first in pairs(firstOf) do
  acknowledge(id, first)
end
writeLedgers(ledgers)
if #leaving > 0 then
  remember(lane, leaving)
end
return cmsgpack.pack(states)
