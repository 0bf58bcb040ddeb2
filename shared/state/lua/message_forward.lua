#!lua flags=allow-oom
-- Forwards live-only messages, which are never queued, to the nodes that hold their recipients.
-- Guarantee: a message id of one sender is written to a recipient once, and nothing is written after the deadline.
-- Returns MessagePack [verdict...], one a message:
--   {'local', session, seq}   the calling node holds the recipient, whose queue has got to seq, and delivers it itself
--   {'published'}             its node was notified, and answers the calling node what became of it (message_answer)
--   {'behind'}                the socket of its connection is backed up
--   {'absent'}                no connection holds it
--   {'listed'}                the recipient takes messages from listed contacts only: try again with the tag
--   {'repeated', expiresAt}   delivered or accepted before, nothing was done now; expiresAt is 0 for what was not stored
--   {'under way'}             the same id is being forwarded for another caller

local lane = KEYS[1] -- [prefix] of the lane: or:{s}: of its first shard
-- Bytes are given for a large envelope: it lies under or:{s}:live:NODE.NUMBER already. A kind is 'pairing', 'answer' or
-- 'message'. A tag names the sender among the recipient's contacts: 16 bytes, or '' as long as nobody knows that it needs one.
local messages = cmsgpack.unpack(ARGV[1]) -- [[shard, recipient, digest or '', number, bytes or 0, envelope without its times, kind, tag]...]
local node = ARGV[2] -- [id] of the calling node
local graceMs = tonumber(ARGV[3]) -- [ms] how long beyond the deadline an unanswered message is remembered
local publishedBytes = tonumber(ARGV[4]) -- [bytes] of envelopes published to one node in one call; the rest wait under keys
local strangersMs, mostOfStrangers = 60000, 5 -- [ms] [count] what passes of a kind to a listed recipient, of all unlisted
local array10 = '\154' -- MessagePack's head of a notice with ten fields (src/inbox/inbox.ts)

local keptMs = deadline - now + graceMs
local underWay = string.format('%.0f', -(deadline + graceMs)) -- what is remembered of an id until message_answer says more
local remote = {} -- by node: what to publish there, and what depends on it
local notes = {} -- what to remember

local before = {} -- by digest: what is remembered
local digests = {}
for _, message in ipairs(messages) do
  if message[3] ~= '' then
    digests[#digests + 1] = message[3]
  end
end
if #digests > 0 then
  for i, text in ipairs(remembered(lane, digests)) do
    before[digests[i]] = text
  end
end

local function noteUnderWay(digest)
  if digest ~= '' then
    notes[#notes + 1], notes[#notes + 2] = digest, underWay
  end
end

local function batchFor(holder)
  local batch = remote[holder] or { notices = { '' }, verdicts = {}, keys = {}, digests = {}, devices = {}, bytes = 0 }
  remote[holder] = batch
  return batch
end

local function frameKey(shard, number)
  return shard .. 'live:' .. node .. '.' .. number
end

-- All that is published to a node shares one small buffer of Redis's: a large envelope waits under a key instead.
local function recordOf(head, batch, shard, number, left, body)
  local name = node .. '.' .. number
  if left > 0 then
    batch.keys[#batch.keys + 1] = frameKey(shard, number)
    return head .. cmsgpack.pack(name, left)
  end
  local envelope = envelopeOf(now, now, body)
  local size = #envelope
  if batch.bytes + size <= publishedBytes then
    batch.bytes = batch.bytes + size
    return head .. envelopeHead(size) .. envelope .. cmsgpack.pack(size)
  end
  redis.call('SET', frameKey(shard, number), envelope, 'PX', keptMs)
  batch.keys[#batch.keys + 1] = frameKey(shard, number)
  return head .. cmsgpack.pack(name, size)
end

local function publishLater(shard, mailbox, message)
  local id, digest, number = message[2], message[3], message[4]
  local batch, verdict = batchFor(mailbox.node), { 'published' }
  local head = array10
    .. cmsgpack.pack('live', id, mailbox.session, node, number, deadline, mailbox.seq)
    .. '\196'
    .. string.char(#digest)
    .. digest
  batch.notices[#batch.notices + 1] = recordOf(head, batch, shard, number, message[5], message[6])
  batch.verdicts[#batch.verdicts + 1] = verdict
  batch.digests[#batch.digests + 1] = digest
  batch.devices[id] = { shard, mailbox }
  return verdict
end

-- A recipient that takes messages from listed contacts only gets a few a minute of the others, so that it can be paired.
local function passesFor(shard, id, kind, tag)
  if isListed(shard, id, tag) then
    return true
  elseif kind == 'message' then
    return false
  end
  local key = shard .. 'pairings:' .. id
  local passed = redis.call('HINCRBY', key, kind, 1)
  redis.call('PEXPIRE', key, strangersMs, 'NX')
  return passed <= mostOfStrangers
end

-- What is remembered of a message, or lies in the mailbox: nil when it is new; else when it expires, below 0 while it is under way.
local function repeated(mailbox, digest)
  local envelope = mailbox.found and redis.call('HGET', mailbox.key, mailbox.found)
  return envelope and not isOver(envelope) and expiryOf(envelope) or before[digest] or nil
end

local function forward(message)
  local shard, id, digest = prefixOf(message[1]), message[2], message[3]
  local key = shard .. 'box:' .. id
  local mailbox = digest == '' and readMailbox(key) or readMailbox(key, digest)
  local known = digest ~= '' and repeated(mailbox, digest)
  if known then
    return known < 0 and { 'under way' } or { 'repeated', known }
  end
  if mailbox.node == '' then
    return { 'absent' }
  end
  if hasFlag(mailbox.flags, 'listed') then
    if message[8] == '' then
      return { 'listed' }
    elseif not passesFor(shard, id, message[7], message[8]) then
      return { 'absent' }
    end
  end
  if hasFlag(mailbox.flags, 'backpressured') then
    return { 'behind' }
  end
  before[digest] = tonumber(underWay)
  if mailbox.node == node then
    noteUnderWay(digest)
    return { 'local', mailbox.session, mailbox.seq }
  end
  return publishLater(shard, mailbox, message)
end

local function publish(holder, batch)
  if notify(lane, holder, batch.notices) > 0 then
    for _, digest in ipairs(batch.digests) do
      noteUnderWay(digest)
    end
    return
  end
  -- Nobody listens on its channel: the node is dead, and its devices are held by nobody.
  for _, verdict in ipairs(batch.verdicts) do
    verdict[1] = 'absent'
  end
  for _, key in ipairs(batch.keys) do
    redis.call('DEL', key)
  end
  for id, device in pairs(batch.devices) do
    release(device[1], id, device[2], depthOf(device[2].key))
  end
end

local verdicts = {}
for i, message in ipairs(messages) do
  verdicts[i] = forward(message)
  if message[5] > 0 and verdicts[i][1] ~= 'published' then
    redis.call('DEL', frameKey(prefixOf(message[1]), message[4]))
  end
end
for holder, batch in pairs(remote) do
  publish(holder, batch)
end
if #notes > 0 then
  remember(lane, notes)
end
return cmsgpack.pack(verdicts)
