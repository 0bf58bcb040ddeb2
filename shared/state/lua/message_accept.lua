#!lua
-- Stores messages in the mailboxes of their recipients and notifies the nodes that hold the recipients.
-- Guarantee: a message id of one sender is stored for a recipient once. What was answered with a seq is in the mailbox, in the
-- order of the seqs, and counted in the ledger. The second half of a queue is for known senders with less than a quarter each.
-- Returns MessagePack [now, status, number, expiresAt, session, status, ...], four values a message, times in ms of Redis's clock:
--   'local', seq, expiresAt, session  the calling node holds the recipient and delivers it itself
--   'delivered', seq, expiresAt, ''   published to the node that holds the recipient
--   'queued', seq, expiresAt, ''      no connection holds the recipient, its socket is backed up, or it hides its presence
--   'repeated', 0, expiresAt, ''      accepted before, or sent live-only (expiresAt is 0 or less then); nothing was stored now
-- or why nothing was stored, with 0, 0 and '':
--   'full'                            the queue takes no more, or no more of this sender
--   'stale'                           full, but some of it has expired: sweep it and try again
--   'short'                           Redis is short of room for such a message
--   'listed'                          the recipient takes messages from listed contacts only: try again with the tag
--   'unlisted'                        the sender is no such contact

local lane = KEYS[1] -- [prefix] of the lane's first shard; every other key is one of a shard of the lane
-- A tag names the sender among the recipient's contacts: 16 bytes, or '' as long as nobody knows that it needs one.
local messages = cmsgpack.unpack(ARGV[1]) -- [shard, recipient, ttl in ms, envelope without its times, sender is known (1 or 0), tag, shard, ...]
local node = ARGV[2] -- [id] of the calling node
local maxMessages = tonumber(ARGV[3]) -- [count] a queue
local maxBytes = tonumber(ARGV[4]) -- [bytes] a queue
local slackMs = tonumber(ARGV[5]) -- [ms] how much longer than its messages a mailbox lives
local publishBytes = tonumber(ARGV[6]) -- [bytes] larger envelopes are not published: the node is woken and pulls them
local pressure = tonumber(ARGV[7]) -- [level] 0 to 4: how short of room Redis is
local strangeMessages, strangeBytes, strangeMs = 20, 262144, 3600000 -- [count] [bytes] [ms] the room of a strange recipient
local array5 = '\149' -- MessagePack's head of a notice with five fields (src/inbox/inbox.ts)
local fields = 6 -- of a message in `messages`

local mailboxes = {} -- by recipient: what this call knows and changes of each
local asked = {} -- by recipient: the digests of its messages, in order
local fresh = {} -- by digest: when a message that this call stores expires
local verdicts = { now }
local remote = {} -- by node: what to publish there, and which verdicts depend on it
local ledgers = {}

local function load(shard, id)
  local mailbox = readMailbox(shard .. 'mailbox:' .. id, unpack(asked[id]))
  local depth = depthOf(mailbox.key)
  mailbox.shard, mailbox.id, mailbox.depth, mailbox.booked = shard, id, depth, mailbox.bytes
  if depth == 0 then
    mailbox.bytes, mailbox.booked, mailbox.head, mailbox.swept = 0, 0, mailbox.seq + 1, nil
  end
  mailbox.holderChanged = mailbox.standing ~= standings.known and recipientStanding(shard, id, mailbox)
  mailbox.freeMessages, mailbox.freeBytes = maxMessages / 2, maxBytes / 2
  if mailbox.standing == standings.strange then
    mailbox.freeMessages, mailbox.freeBytes = math.min(strangeMessages, maxMessages), math.min(strangeBytes, maxBytes)
  end
  mailbox.isListed = hasFlag(mailbox, 'listed')
  if depth == 0 and hasFlag(mailbox, 'counted') then
    redis.call('DEL', shard .. 'shares:' .. id)
    setFlag(mailbox, 'counted', false)
    mailbox.holderChanged = true
  end
  mailbox.latest = 0
  mailbox.looked = 2 -- fields before those of the digests
  mailbox.added = {}
  mailboxes[id] = mailbox
  return mailbox
end

-- When a message that lies in the mailbox expires, or nothing.
local function expiryInMailbox(mailbox, seq)
  local envelope = redis.call('HGET', mailbox.key, seq)
  return envelope and (expiryOf(envelope) or now)
end

local function publishLater(mailbox, at, envelope)
  local batch = remote[mailbox.node]
  if not batch then
    batch = { records = {}, verdicts = {}, mailboxes = {} }
    remote[mailbox.node] = batch
  end
  local isBackpressured = hasFlag(mailbox, 'backpressured')
  local record
  if isBackpressured or #envelope > publishBytes then
    record = cmsgpack.pack({ 'wake', mailbox.id, mailbox.session, mailbox.seq })
  else
    record = withEnvelope(array5 .. cmsgpack.pack('message', mailbox.id, mailbox.session, mailbox.seq), envelope)
  end
  batch.records[#batch.records + 1] = record
  -- A device whose socket is backed up gets the message from its queue later, so its verdict stays 'queued'; of one that hides its
  -- presence nothing else is ever said.
  if not isBackpressured and not hasFlag(mailbox, 'hidden') then
    batch.verdicts[#batch.verdicts + 1] = at
  end
  batch.mailboxes[mailbox.id] = mailbox
end

-- Whether the sender has less than a quarter of the queue.
local function hasShareLeft(mailbox, sender)
  if not hasFlag(mailbox, 'counted') then
    countShares(mailbox.shard, mailbox.id, mailbox, mailbox.depth, mailbox.added)
    setFlag(mailbox, 'counted', true)
    redis.call('PEXPIREAT', mailbox.shard .. 'shares:' .. mailbox.id, math.max(mailbox.keptUntil, now + slackMs))
    redis.call('HSET', mailbox.key, 'd', packHolder(mailbox))
  end
  local has, bytes = shareOf(mailbox.shard, mailbox.id, sender)
  return has < maxMessages / 4 and bytes < maxBytes / 4
end

-- Returns why the message is not stored, or nil.
local function refusalOf(mailbox, senderIsKnown, tag, envelope)
  local size = #envelope
  if mailbox.isListed and not isListed(mailbox.shard, mailbox.id, tag) then
    return 'unlisted'
  end
  if isShort(pressure, mailbox.standing, size) then
    return 'short'
  elseif mailbox.depth < mailbox.freeMessages and mailbox.bytes + size <= mailbox.freeBytes then
    return nil
  end
  local isWhole = mailbox.depth >= maxMessages or mailbox.bytes + size > maxBytes
  local mayGoOn = not isWhole and mailbox.standing ~= standings.strange and senderIsKnown
  if mayGoOn and hasShareLeft(mailbox, senderOf(envelope)) then
    return nil
  end
  return mailbox.depth > 0 and mailbox.earliest > 0 and mailbox.earliest <= now and 'stale' or 'full'
end

-- Adds a message to what is stored at the end of the call. Its seq is the mailbox's then.
local function add(mailbox, digest, envelope, expiresAt)
  local seq, added = mailbox.seq + 1, mailbox.added
  mailbox.seq = seq
  mailbox.depth = mailbox.depth + 1
  mailbox.bytes = mailbox.bytes + #envelope
  if expiresAt > mailbox.latest then
    mailbox.latest = expiresAt
  end
  -- An entry of the expiry index that lies in the future may stay, even when its message is gone.
  local earliest = mailbox.earliest
  if earliest == 0 or expiresAt < earliest or mailbox.depth == 1 and earliest <= now then
    mailbox.earliest = expiresAt
    mailbox.isIndexed = false
  end
  local last = #added
  added[last + 1], added[last + 2], added[last + 3], added[last + 4] = seq, envelope, digest, seq
  fresh[digest] = expiresAt
  if hasFlag(mailbox, 'counted') then
    addShare(mailbox.shard, mailbox.id, senderOf(envelope), 1, #envelope)
  end
end

-- Returns a verdict.
local function accept(at, shard, id, ttl, body, senderIsKnown, tag, wasLeft)
  local digest = string.sub(body, 3, 18)
  local mailbox = mailboxes[id] or load(shard, id)
  mailbox.looked = mailbox.looked + 1
  local lies = mailbox.fields[mailbox.looked]
  if mailbox.isListed and tag == '' then
    return 'listed', 0, 0, ''
  end
  local before = fresh[digest] or lies and expiryInMailbox(mailbox, lies) or wasLeft
  if before then
    return 'repeated', 0, before, ''
  end
  if mailbox.standing == standings.strange then
    ttl = math.min(ttl, strangeMs)
  end
  local expiresAt = now + ttl
  local envelope = envelopeOf(expiresAt, now, body)
  local isFree = mailbox.depth < mailbox.freeMessages and mailbox.bytes + #envelope <= mailbox.freeBytes
  if not isFree or pressure > 0 or mailbox.isListed then
    local refused = refusalOf(mailbox, senderIsKnown == 1, tag, envelope)
    if refused then
      return refused, 0, 0, ''
    end
  end
  add(mailbox, digest, envelope, expiresAt)
  if mailbox.node == node then
    return 'local', mailbox.seq, expiresAt, mailbox.session
  elseif mailbox.node ~= '' then
    publishLater(mailbox, at, envelope)
  end
  return 'queued', mailbox.seq, expiresAt, ''
end

local function store(mailbox)
  local key, expiryKey, added = mailbox.key, mailbox.shard .. 'expiry', mailbox.added
  -- A sweep counts what has expired, so the key must outlive its messages until a sweep comes.
  local outlived = mailbox.latest + slackMs / 2 > mailbox.keptUntil
  if outlived then
    mailbox.keptUntil = mailbox.latest + slackMs
  end
  if mailbox.isIndexed == false then
    redis.call('ZADD', expiryKey, mailbox.earliest, mailbox.id)
  end
  local last = #added
  countIn(ledgers, mailbox.shard, 'accepted', last / 4)
  countIn(ledgers, mailbox.shard, 'bytes', mailbox.bytes - mailbox.booked)
  added[last + 1], added[last + 2] = 'b', packBooks(mailbox)
  if mailbox.holderChanged or not mailbox.isThere then
    added[last + 3], added[last + 4] = 'd', packHolder(mailbox)
  end
  redis.call('HSET', key, unpack(added))
  if outlived then
    redis.call('PEXPIREAT', key, mailbox.keptUntil)
  end
  if outlived or mailbox.isIndexed == false then
    redis.call('PEXPIREAT', expiryKey, mailbox.keptUntil, 'NX')
    redis.call('PEXPIREAT', expiryKey, mailbox.keptUntil, 'GT')
  end
  if hasFlag(mailbox, 'counted') then
    redis.call('PEXPIREAT', mailbox.shard .. 'shares:' .. mailbox.id, mailbox.keptUntil)
  end
end

local function publish(holder, batch)
  if notify(lane, holder, table.concat(batch.records)) > 0 then
    for _, at in ipairs(batch.verdicts) do
      verdicts[at] = 'delivered'
    end
    return
  end
  -- Nobody listens on its channel: the node is dead, and its devices are held by nobody.
  for id, mailbox in pairs(batch.mailboxes) do
    release(mailbox.shard, id, mailbox, mailbox.depth)
  end
end

local digests = {}
for i = 1, #messages, fields do
  local id, digest = messages[i + 1], string.sub(messages[i + 3], 3, 18)
  local ofRecipient = asked[id] or {}
  asked[id] = ofRecipient
  ofRecipient[#ofRecipient + 1] = digest
  digests[#digests + 1] = digest
end
local left = #digests > 0 and remembered(lane, digests) or {}
for i = 1, #digests do
  local first, at = (i - 1) * fields + 1, (i - 1) * 4 + 2
  local shard, id, ttl, body, senderIsKnown, tag = unpack(messages, first, first + fields - 1)
  verdicts[at], verdicts[at + 1], verdicts[at + 2], verdicts[at + 3] =
    accept(at, prefixOf(shard), id, ttl, body, senderIsKnown, tag, left[i])
end
for _, mailbox in pairs(mailboxes) do
  if #mailbox.added > 0 then
    store(mailbox)
  end
end
writeLedgers(ledgers)
for holder, batch in pairs(remote) do
  publish(holder, batch)
end

return cmsgpack.pack(verdicts)
