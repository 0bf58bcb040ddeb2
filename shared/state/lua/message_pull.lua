#!lua flags=allow-oom
-- Reads the messages after the cursors of connections, oldest first, and takes out expired ones on the way.
-- Guarantee: only the connection that holds the device reads its mailbox, and it never reads an expired message.
-- Returns {now, page...}, one page a connection: {'page', more (0 or 1), last seq looked at, messages that had expired,
-- seq, envelope, seq, envelope, ...} or {'gone'} when the connection does not hold the device. Times in ms of Redis's
-- clock.

local lane = KEYS[1] -- [prefix] of the lane's first shard; every other key is one of a shard of the lane
local readers = cmsgpack.unpack(ARGV[1]) -- [shard, device, session, cursor, shard, ...]
local maxMessages = tonumber(ARGV[2]) -- [count] a page
local maxBytes = tonumber(ARGV[3]) -- [bytes] a page; one message is given whatever its size
local mostMessages = tonumber(ARGV[4]) -- [count] all pages together; those beyond are empty, and there is more for them
local mostBytes = tonumber(ARGV[5]) -- [bytes] all pages together
local fields = 4 -- of a reader in `readers`
local longGap = 64 -- numbers without a message; so many at the front are not walked over again
local mostExpired = 256 -- expired messages that one page takes out; the rest is for the next page
local mostExpiredOfAll = 1024 -- all pages together; Lua has no room for many more ids in one HSET

local givenMessages, givenBytes, takenOut = 0, 0, 0
local ledgers = {}
local leaving = {} -- what is remembered of ids: digests and texts in turn

-- Whether it is the page's, or belongs to the next one.
local function fits(page, envelope)
  return page.messages < maxMessages and (page.bytes == 0 or page.bytes + #envelope <= maxBytes)
end

local function turnPage(mailbox, depth, cursor)
  local page = { messages = 0, bytes = 0, more = 0, cursor = cursor, reply = {} }
  local expired = {}
  local walk = walkAfter(mailbox, depth, cursor)
  for seq, envelope in nextMessage, walk do
    local expiresAt = expiryOf(envelope) -- none: it is damaged; the node skips it and a sweep takes it out
    if expiresAt and expiresAt <= now and #expired < mostExpired then
      expired[#expired + 1] = { seq = seq, envelope = envelope }
    elseif not fits(page, envelope) or #expired >= mostExpired then
      page.more = 1
      break
    else
      page.messages, page.bytes = page.messages + 1, page.bytes + #envelope
      local last = #page.reply
      page.reply[last + 1], page.reply[last + 2] = seq, envelope
    end
    page.cursor = seq
  end
  return page, expired
end

-- Notes that no message lies before the first of this page.
local function moveHead(mailbox, cursor, page)
  local first = page.reply[1]
  if first and cursor < mailbox.head and first - mailbox.head > longGap then
    mailbox.head = first
    return true
  end
  return false
end

local function pull(shard, id, session, cursor)
  local mailbox = readMailbox(shard .. 'box:' .. id)
  if mailbox.session ~= session or session == '' then
    return { 'gone' }
  end
  local depth = depthOf(mailbox.key)
  if depth == 0 then
    return { 'page', 0, cursor, 0 }
  elseif givenMessages >= mostMessages or givenBytes >= mostBytes or takenOut > mostExpiredOfAll - mostExpired then
    return { 'page', 1, cursor, 0 }
  end
  local page, expired = turnPage(mailbox, depth, cursor)
  givenMessages, givenBytes = givenMessages + page.messages, givenBytes + page.bytes
  takenOut = takenOut + #expired
  if #expired > 0 then
    takeOutExpired(shard, id, mailbox, depth, expired, leaving, ledgers)
  end
  if moveHead(mailbox, cursor, page) or #expired > 0 then
    redis.call('HSET', mailbox.key, 'b', packBooks(mailbox))
  end
  return { 'page', page.more, page.cursor, #expired, unpack(page.reply) }
end

local reply = { now }
for first = 1, #readers, fields do
  local shard, id, session, cursor = unpack(readers, first, first + fields - 1)
  reply[#reply + 1] = pull(prefixOf(shard), id, session, cursor)
end
writeLedgers(ledgers)
if #leaving > 0 then
  remember(lane, leaving)
end
return reply
