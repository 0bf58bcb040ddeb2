#!lua flags=allow-oom
-- Takes acknowledged messages out of their mailboxes, and remembers their ids for a while.
-- Guarantee: each message counts as acked once, and only a connection that holds the device can acknowledge.
-- Returns MessagePack [state...], one an ack: 1 taken out, 0 the mailbox has no message of this digest and number, -1 not the
-- holder.

local lane = KEYS[1] -- [prefix] of the lane's first shard; every other key is one of a shard of the lane
-- Of each device so many digests, seqs (as texts), envelope bytes, and expiries in ms (texts; '' for a message whose id is not remembered).
local acks = cmsgpack.unpack(ARGV[1]) -- [shard, device, session, count, digest..., seq..., bytes..., expiry..., shard, ...]

local states = {}
local gone = {} -- by digest: this call has taken the message out
local leaving = {} -- digests and expiries in turn
local ledgers = {}

-- One device's acks: so many, behind `place`. What is known of its mailbox is in locals, as a table would cost more than the rest.
local function acknowledge(shard, id, session, count, place)
  local key = shard .. 'box:' .. id
  local held = redis.call('HMGET', key, 'd', 'b', unpack(acks, place + 1, place + count))
  local isThere, _, _, _, flags, _, holder = unpackHolder(held[1])
  local seq, bytes, keptUntil, earliest, head, swept, sweptEarliest = unpackBooks(key, held[2], isThere)
  local isHolder, isCounted, booked, taken = session == holder and session ~= '', hasFlag(flags, 'counted'), bytes, nil
  for i = 1, count do
    local digest, acked, state = acks[place + i], acks[place + count + i], 0
    if not isHolder then
      state = -1
    elseif held[2 + i] == acked and not gone[digest] then
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
      bytes = bytes - acks[place + 2 * count + i]
      if tonumber(acked) == head then
        head = head + 1
      end
      local expiresAt = acks[place + 3 * count + i]
      if expiresAt ~= '' then
        local last = #leaving
        leaving[last + 1], leaving[last + 2] = digest, expiresAt
      end
    end
    states[#states + 1] = state
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

local place = 1
while place < #acks do
  local count = acks[place + 3]
  acknowledge(prefixOf(acks[place]), acks[place + 1], acks[place + 2], count, place + 3)
  place = place + 4 + 4 * count
end
writeLedgers(ledgers)
if #leaving > 0 then
  remember(lane, leaving)
end
return cmsgpack.pack(states)
