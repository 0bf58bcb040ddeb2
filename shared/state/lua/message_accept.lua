#!lua
-- Stores messages in the mailboxes of their recipients and notifies the nodes that hold the recipients.
-- Guarantee: a message id of one sender is stored for a recipient once. What was answered with a seq is in the mailbox, in the
-- order of the seqs, and counted in the ledger. The second half of a queue is for known senders with less than a quarter each.
-- Returns MessagePack [now, session, verdict..., session, ...], times in ms of Redis's clock: for each recipient its session, and for
-- each of its messages a verdict of three values:
--   'local', seq, expiresAt      the calling node holds the recipient, under that session, and delivers it itself
--   'delivered', seq, expiresAt  published to the node that holds the recipient
--   'queued', seq, expiresAt     no connection holds the recipient, its socket is backed up, or it hides its presence
--   'repeated', seq, expiresAt   accepted before, or sent live-only (expiresAt is 0 or less then); nothing was stored now
-- or why nothing was stored, with two values that say nothing:
--   'full'                       the queue takes no more, or no more of this sender
--   'stale'                      full, but some of it has expired: sweep it and try again
--   'short'                      Redis is short of room for such a message
--   'listed'                     the recipient takes messages from listed contacts only: try again with the tag
--   'unlisted'                   the sender is no such contact

local lane = KEYS[1] -- [prefix] of the lane's first shard; every other key is one of a shard of the lane
-- A mark is '1' for a sender that is known, '0' for any other, and behind that the tag that names the sender among the recipient's
-- contacts: 16 bytes, or none as long as nobody knows that it needs one.
local recipients = cmsgpack.unpack(ARGV[1]) -- [shard, recipient, number of its messages, mark of each..., shard, ...]
local node = ARGV[2] -- [id] of the calling node
local maxMessages = tonumber(ARGV[3]) -- [count] a queue
local maxBytes = tonumber(ARGV[4]) -- [bytes] a queue
local slackMs = tonumber(ARGV[5]) -- [ms] how much longer than its messages a mailbox lives
local publishBytes = tonumber(ARGV[6]) -- [bytes] larger envelopes are not published: the node is woken and pulls them
local pressure = tonumber(ARGV[7]) -- [level] 0 to 4: how short of room Redis is
-- Each is an argument of its own, as Redis reads every byte of a text that it makes for Lua. They have the times of the calling node,
-- which are right when they are about those of Redis's clock.
local envelopes = ARGV -- [bytes] from the eighth on, those of the first recipient first
local before = 7 -- arguments in front of the envelopes
local toleranceMs = 50 -- [ms] that the times of an envelope may differ from Redis's clock
local strangeMessages, strangeBytes, strangeMs = 20, 262144, 3600000 -- [count] [bytes] [ms] the room of a strange recipient
local array5 = '\149' -- MessagePack's head of a notice with five fields (src/inbox/inbox.ts)
local digests = {} -- by number of a message in this call
local left = {} -- by number, what is remembered of an id that is in no mailbox
local fresh = {} -- by digest, when a message that this call stores expires
local verdicts = { now }
local remote = {} -- by node: what to publish there, and which verdicts depend on it
local ledgers = {}

-- When a message that lies in the mailbox expires. Nothing when it is over: then its envelope, if there is one.
local function expiryInMailbox(key, seq)
  local envelope = redis.call('HGET', key, seq)
  if not envelope or isOver(envelope) then
    return nil, envelope
  end
  return expiryOf(envelope)
end

-- Takes out a message that is over, before one of the same id is stored. Returns the bytes that are left.
local function takeOutOver(shard, id, key, flags, bytes, depth, seq, envelope)
  local mailbox = { key = key, flags = flags, bytes = bytes }
  takeOutExpired(shard, id, mailbox, depth, { { seq = tonumber(seq), envelope = envelope } }, {}, ledgers)
  return mailbox.bytes
end

local function publishLater(shard, id, node, session, flags, seq, at, envelope)
  local batch = remote[node]
  if not batch then
    batch = { notices = { '' }, verdicts = {}, shards = {} }
    remote[node] = batch
  end
  local isBackpressured = hasFlag(flags, 'backpressured')
  local notices = batch.notices
  local last = #notices
  if isBackpressured or #envelope > publishBytes then
    notices[last + 1] = cmsgpack.pack({ 'wake', id, session, seq })
  else
    notices[last + 1] = array5 .. cmsgpack.pack('message', id, session, seq) .. envelopeHead(#envelope)
    notices[last + 2] = envelope
  end
  -- A device whose socket is backed up gets the message from its queue later, so its verdict stays 'queued'; of one that hides its
  -- presence nothing else is ever said.
  if not isBackpressured and not hasFlag(flags, 'hidden') then
    batch.verdicts[#batch.verdicts + 1] = at
  end
  batch.shards[id] = shard
end

-- Whether the sender has less than a quarter of the queue.
local function hasShareLeft(mailbox, added, sender)
  local shard, id = mailbox.shard, mailbox.id
  if not hasFlag(mailbox.flags, 'counted') then
    countShares(shard, id, mailbox, mailbox.depth, added)
    setFlag(mailbox, 'counted', true)
    redis.call('PEXPIREAT', shard .. 'shares:' .. id, math.max(mailbox.keptUntil, now + slackMs))
    redis.call('HSET', mailbox.key, 'd', packHolder(mailbox))
  end
  local has, bytes = shareOf(shard, id, sender)
  return has < maxMessages / 4 and bytes < maxBytes / 4
end

-- Returns why the message is not stored, or nil.
local function refusalOf(mailbox, added, mark, envelope)
  local size, depth, bytes = #envelope, mailbox.depth, mailbox.bytes
  if hasFlag(mailbox.flags, 'listed') and not isListed(mailbox.shard, mailbox.id, string.sub(mark, 2)) then
    return 'unlisted'
  end
  if isShort(pressure, mailbox.standing, size) then
    return 'short'
  elseif depth < mailbox.freeMessages and bytes + size <= mailbox.freeBytes then
    return nil
  end
  local isWhole = depth >= maxMessages or bytes + size > maxBytes
  local senderIsKnown = string.sub(mark, 1, 1) == '1'
  local mayGoOn = not isWhole and mailbox.standing ~= standings.strange and senderIsKnown
  if mayGoOn and hasShareLeft(mailbox, added, senderOf(envelope)) then
    return nil
  end
  return depth > 0 and mailbox.earliest > 0 and mailbox.earliest <= now and 'stale' or 'full'
end

-- All that one recipient is sent: so many messages, from a number on; `place` is in front of their marks. What is known of its mailbox
-- is in locals, as a table would cost more than the rest.
local function accept(shard, id, first, count, place)
  local key = shard .. 'box:' .. id
  local held = redis.call('HMGET', key, 'd', 'b', unpack(digests, first, first + count - 1))
  local isThere, since, seenUntil, standing, flags, holder, session = unpackHolder(held[1])
  local seq, bytes, keptUntil, earliest, head, swept, sweptEarliest = unpackBooks(key, held[2], isThere)
  local depth, holderChanged, isIndexed, latest, added = depthOf(key), false, true, 0, nil
  if depth == 0 then
    bytes, head, swept = 0, seq + 1, nil
  end
  local booked, tookOut = bytes, false
  standing, seenUntil, flags, holderChanged = recipientStanding(shard, id, isThere, standing, seenUntil, flags, session)
  local freeMessages, freeBytes = maxMessages / 2, maxBytes / 2
  if standing == standings.strange then
    freeMessages, freeBytes = math.min(strangeMessages, maxMessages), math.min(strangeBytes, maxBytes)
  end
  if depth == 0 and hasFlag(flags, 'counted') then
    redis.call('DEL', shard .. 'shares:' .. id)
    flags, holderChanged = flags - flagBits.counted, true
  end
  local takesListed = hasFlag(flags, 'listed')

  verdicts[#verdicts + 1] = session
  for i = 1, count do
    local digest, envelope, mark = digests[first + i - 1], envelopes[before + first + i - 1], recipients[place + i]
    local expiresAt, _, acceptedAt = struct.unpack('>I8BI8', envelope, 3)
    local lies = held[2 + i]
    local earlier, over = fresh[digest], nil
    if lies and not earlier then
      earlier, over = expiryInMailbox(key, lies)
      if over then
        local bytesLeft = takeOutOver(shard, id, key, flags, bytes, depth, lies, over)
        depth, bytes, booked, tookOut = depth - 1, bytesLeft, booked + bytesLeft - bytes, true
      end
    end
    earlier = earlier or left[first + i - 1]
    local ttl = expiresAt - acceptedAt
    if acceptedAt > now + toleranceMs or acceptedAt < now - toleranceMs then
      acceptedAt = now
    end
    if standing == standings.strange and ttl > strangeMs then
      ttl = strangeMs
    end
    if expiresAt ~= acceptedAt + ttl then
      expiresAt = acceptedAt + ttl
      envelope = envelopeOf(expiresAt, acceptedAt, string.sub(envelope, 20))
    end
    local status, at = nil, #verdicts + 1
    if takesListed and #mark == 1 then
      status = 'listed'
    elseif earlier then
      status, expiresAt = 'repeated', earlier
    else
      local size = #envelope
      local isFree = depth < freeMessages and bytes + size <= freeBytes
      if not isFree or pressure > 0 or takesListed then
        local mailbox = {
          shard = shard,
          id = id,
          key = key,
          since = since,
          seenUntil = seenUntil,
          standing = standing,
          flags = flags,
          node = holder,
          session = session,
          seq = seq,
          bytes = bytes,
          keptUntil = keptUntil,
          earliest = earliest,
          head = head,
          depth = depth,
          freeMessages = freeMessages,
          freeBytes = freeBytes,
        }
        status = refusalOf(mailbox, added or {}, mark, envelope)
        flags = mailbox.flags
      end
      if not status then
        seq, depth, bytes = seq + 1, depth + 1, bytes + size
        if expiresAt > latest then
          latest = expiresAt
        end
        -- An entry of the expiry index that lies in the future may stay, even when its message is gone.
        if earliest == 0 or expiresAt < earliest or depth == 1 and earliest <= now then
          earliest, isIndexed = expiresAt, false
        end
        local name = string.format('%d', seq)
        if added then
          local last = #added
          added[last + 1], added[last + 2], added[last + 3], added[last + 4] = name, envelope, digest, name
        else
          added = { name, envelope, digest, name }
        end
        fresh[digest] = expiresAt
        if hasFlag(flags, 'counted') then
          addShare(shard, id, senderOf(envelope), 1, size)
        end
        status = 'queued'
        if holder == node then
          status = 'local'
        elseif holder ~= '' then
          publishLater(shard, id, holder, session, flags, seq, at, envelope)
        end
      end
    end
    verdicts[at], verdicts[at + 1], verdicts[at + 2] = status, seq, expiresAt
  end
  if not added then
    if tookOut and depth > 0 then
      redis.call('HSET', key, 'b', booksOf(seq, bytes, keptUntil, earliest, head, swept, sweptEarliest))
    end
    return
  end

  -- A sweep counts what has expired, so the key must outlive its messages until a sweep comes.
  local outlived = latest + slackMs / 2 > keptUntil
  if outlived then
    keptUntil = latest + slackMs
  end
  local last = #added
  added[last + 1], added[last + 2] = 'b', booksOf(seq, bytes, keptUntil, earliest, head, swept, sweptEarliest)
  if holderChanged or not isThere then
    added[last + 3], added[last + 4] = 'd', holderOf(since, seenUntil, standing, flags, holder, session)
  end
  redis.call('HSET', key, unpack(added))
  if outlived then
    redis.call('PEXPIREAT', key, keptUntil)
  end
  if not isIndexed then
    redis.call('ZADD', shard .. 'expiry', earliest, id)
  end
  if outlived or not isIndexed then
    redis.call('PEXPIREAT', shard .. 'expiry', keptUntil, 'NX')
    redis.call('PEXPIREAT', shard .. 'expiry', keptUntil, 'GT')
  end
  if hasFlag(flags, 'counted') then
    redis.call('PEXPIREAT', shard .. 'shares:' .. id, keptUntil)
  end
  countIn(ledgers, shard, 'accepted', last / 4)
  countIn(ledgers, shard, 'bytes', bytes - booked)
end

local function publish(holder, batch)
  if notify(lane, holder, batch.notices) > 0 then
    for _, at in ipairs(batch.verdicts) do
      verdicts[at] = 'delivered'
    end
    return
  end
  -- Nobody listens on its channel: the node is dead, and its devices are held by nobody.
  for id, shard in pairs(batch.shards) do
    local mailbox = readMailbox(shard .. 'box:' .. id)
    release(shard, id, mailbox, depthOf(mailbox.key))
  end
end

for number = 1, #envelopes - before - 1 do -- the last argument is the deadline
  digests[number] = string.sub(envelopes[before + number], 22, 37)
end
if #digests > 0 then
  left = remembered(lane, digests)
end
local place, first = 1, 1
while place < #recipients do
  local count = recipients[place + 2]
  accept(prefixOf(recipients[place]), recipients[place + 1], first, count, place + 2)
  place, first = place + 3 + count, first + count
end
writeLedgers(ledgers)
for holder, batch in pairs(remote) do
  publish(holder, batch)
end
return cmsgpack.pack(verdicts)
