#!lua flags=allow-oom
-- Takes messages of layout 1 over into the mailbox of their device: from its sorted set `queue:H`, with the books in the hash
-- `device:H`. What held the device is gone; how well the relay knows it stays.
-- Guarantee: a message is in the queue or in the mailbox, with its number, and in one of them only. A call may be repeated, and be
-- made by two at once.
-- Returns {messages moved, damaged ones taken out and counted as expired, whether the queue is empty now (1 or 0)}.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local id = ARGV[1] -- [id] of the device
-- An envelope of today is longer by its digest; '' for a damaged one, which nobody can read.
local messages = cmsgpack.unpack(ARGV[2]) -- [[seq, bytes in the queue, digest, envelope]...]
local dayMs = 86400000
local words = { known = standings.known, seen = standings.seen, strange = standings.strange }

local deviceKey, queueKey = shard .. 'device:' .. id, shard .. 'queue:' .. id
local mailbox = readMailbox(shard .. 'box:' .. id)

-- The mailbox begins as the device was, without a holder.
local function begin()
  local held =
    redis.call('HMGET', deviceKey, 'seq', 'until', 'queue_until', 'earliest', 'standing', 'seen_until', 'special')
  mailbox.seq = tonumber(held[1]) or 0
  local keptUntil = math.max(tonumber(held[2]) or 0, tonumber(held[3]) or 0)
  mailbox.keptUntil = keptUntil > now and keptUntil or now + dayMs
  mailbox.earliest = tonumber(held[4] or redis.call('ZSCORE', shard .. 'expiry', id)) or now
  mailbox.head = math.huge
  local takesListed
  if words[held[5]] then
    mailbox.standing, mailbox.seenUntil = words[held[5]], tonumber(held[6]) or 0
  else
    mailbox.standing, mailbox.seenUntil, takesListed = standingOf(shard, id)
  end
  local special = held[7] or ''
  setFlag(mailbox, 'listed', takesListed or string.find(special, 'l', 1, true) ~= nil)
  setFlag(mailbox, 'hidden', string.find(special, 'h', 1, true) ~= nil)
end

-- Of two messages with one id, which an unswept queue may hold, the later goes by a digest of its own.
local function ownDigest(digest, seq, taken)
  if not taken[digest] and redis.call('HEXISTS', mailbox.key, digest) == 0 then
    return digest
  end
  return string.sub(redis.sha1hex(digest .. seq), 1, 16)
end

local isNew = not mailbox.isThere
local fields, taken, moved, damaged, bytesGained = {}, {}, 0, 0, 0
local seqs = {}
for _, message in ipairs(messages) do
  local seq, bytes, digest, envelope = unpack(message)
  if redis.call('ZREMRANGEBYSCORE', queueKey, seq, seq) == 0 then
    bytes, envelope = 0, nil -- another call was faster
  elseif envelope == '' then
    damaged = damaged + 1
  else
    local own = ownDigest(digest, seq, taken)
    if own ~= digest then
      envelope = string.sub(envelope, 1, 21) .. own .. string.sub(envelope, 38)
    end
    taken[own] = true
    moved = moved + 1
    bytesGained = bytesGained + #envelope
    seqs[#seqs + 1] = seq
    local last = #fields
    fields[last + 1], fields[last + 2], fields[last + 3], fields[last + 4] = seq, envelope, own, seq
  end
  bytesGained = bytesGained - bytes
end

if moved > 0 then
  if isNew then
    begin()
  end
  for i, seq in ipairs(seqs) do
    mailbox.seq = math.max(mailbox.seq, seq)
    mailbox.head = math.min(mailbox.head, seq)
    mailbox.bytes = mailbox.bytes + #fields[4 * i - 2]
  end
  local last = #fields
  fields[last + 1], fields[last + 2], fields[last + 3], fields[last + 4] =
    'd', packHolder(mailbox), 'b', packBooks(mailbox)
  redis.call('HSET', mailbox.key, unpack(fields))
  redis.call('PEXPIREAT', mailbox.key, mailbox.keptUntil)
end
local ledgers = {}
countIn(ledgers, shard, 'bytes', bytesGained)
countIn(ledgers, shard, 'expired', damaged)
writeLedgers(ledgers)
if redis.call('EXISTS', queueKey) == 1 then
  return { moved, damaged, 0 }
end
redis.call('DEL', deviceKey, shard .. 'shares:' .. id)
return { moved, damaged, 1 }
