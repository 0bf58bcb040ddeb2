#!lua flags=allow-oom
-- Takes acknowledged messages out of their mailboxes, and remembers their ids for a while.
-- Guarantee: each message counts as acked once, and only a connection that holds the device can acknowledge.
-- Returns MessagePack [state...], one an ack: 1 taken out, 0 the mailbox has no message of this digest and number, -1 not the
-- holder.

local lane = KEYS[1] -- [prefix] of the lane's first shard; every other key is one of a shard of the lane
-- The expiry is 0 for a message whose id is not remembered.
local acks = cmsgpack.unpack(ARGV[1]) -- [shard, device, session, seq, envelope bytes, digest, expiry in ms, shard, ...]
local fields = 7 -- of an ack in `acks`

local mailboxes = {} -- by device
local asked = {} -- by device: the digests of its messages, in order
local leaving = {} -- digests and expiries in turn
local ledgers = {}

local function load(shard, id)
  local mailbox = readMailbox(shard .. 'mailbox:' .. id, unpack(asked[id]))
  mailbox.looked = 2 -- fields before those of the digests
  mailbox.shard, mailbox.id, mailbox.isCounted = shard, id, hasFlag(mailbox, 'counted')
  mailbox.taken, mailbox.takenBytes = {}, 0
  mailboxes[id] = mailbox
  return mailbox
end

local function acknowledge(shard, id, session, seq, bytes, digest, expiresAt)
  local mailbox = mailboxes[id] or load(shard, id)
  mailbox.looked = mailbox.looked + 1
  local lies = mailbox.fields[mailbox.looked]
  if mailbox.session ~= session or session == '' then
    return -1
  elseif tonumber(lies) ~= seq or mailbox.taken[digest] then
    return 0
  end
  if mailbox.isCounted then
    removeShare(shard, id, redis.call('HGET', mailbox.key, seq) or '')
  end
  local taken = mailbox.taken
  local last = #taken
  taken[last + 1], taken[last + 2], taken[digest] = digest, seq, true
  mailbox.takenBytes = mailbox.takenBytes + bytes
  if seq == mailbox.head then
    mailbox.head = seq + 1
  end
  if expiresAt > 0 then
    local at = #leaving
    leaving[at + 1], leaving[at + 2] = digest, expiresAt
  end
  return 1
end

-- A mailbox that is left empty keeps its books as they are: nobody reads the bytes of one without messages.
local function takeOut(mailbox)
  local taken, booked = mailbox.taken, mailbox.bytes
  redis.call('HDEL', mailbox.key, unpack(taken))
  mailbox.bytes = math.max(0, booked - mailbox.takenBytes)
  if depthOf(mailbox.key) == 0 then
    mailbox.bytes = 0
  else
    redis.call('HSET', mailbox.key, 'b', packBooks(mailbox))
  end
  countIn(ledgers, mailbox.shard, 'acked', #taken / 2)
  countIn(ledgers, mailbox.shard, 'bytes', mailbox.bytes - booked)
end

for first = 1, #acks, fields do
  local id = acks[first + 1]
  local ofDevice = asked[id] or {}
  asked[id] = ofDevice
  ofDevice[#ofDevice + 1] = acks[first + 5]
end
local states = {}
for first = 1, #acks, fields do
  local shard, id, session, seq, bytes, digest, expiresAt = unpack(acks, first, first + fields - 1)
  states[#states + 1] = acknowledge(prefixOf(shard), id, session, seq, bytes, digest, expiresAt)
end
for _, mailbox in pairs(mailboxes) do
  if #mailbox.taken > 0 then
    takeOut(mailbox)
  end
end
writeLedgers(ledgers)
if #leaving > 0 then
  remember(lane, leaving)
end
return cmsgpack.pack(states)
