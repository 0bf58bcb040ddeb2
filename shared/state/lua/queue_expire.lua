#!lua flags=allow-oom
-- Sweeps mailboxes of one shard: takes expired messages out and updates the entries in the expiry index. It sweeps those of the given
-- devices or, when none are given, those that are due by the index.
-- Guarantee: each expired message counts as expired once. A call looks at a bounded number of messages, and the next call
-- goes on in a mailbox that was left half swept.
-- Returns {messages taken out, mailboxes swept to their end, more to do (0 or 1)}.

local lane = KEYS[1] -- [prefix] of the lane's first shard; every other key is one of a shard of the lane
local shardNumber = ARGV[1] -- [number]
local devices = cmsgpack.unpack(ARGV[2]) -- [device...]
local pageSize = tonumber(ARGV[3]) -- [count] mailboxes to take from the index
local leaseMs = tonumber(ARGV[4]) -- [ms] how long a registration lives without a check
local mostMembers = 512 -- messages that a call looks at, and
local mostBytes = 1048576 -- their bytes
local endOfTime = 2 ^ 53 -- [ms] Redis has no exact whole numbers beyond

local shard = prefixOf(shardNumber)
local members, bytes = 0, 0 -- looked at so far
local taken = 0
local ledgers = {}
local leaving = {} -- what is remembered of ids: digests and expiries in turn

-- Looks at the messages after those that were swept. Returns whether it came to the end of the mailbox, and what has expired.
local function walk(mailbox, depth)
  local expired, firstLeft = {}, nil
  local isWhole = not mailbox.swept
  local earliest = mailbox.swept and mailbox.sweptEarliest > 0 and mailbox.sweptEarliest or endOfTime
  local cursor, ended = mailbox.swept or 0, true
  for seq, envelope in nextMessage, walkAfter(mailbox, depth, cursor) do
    if members >= mostMembers or bytes >= mostBytes then
      ended = false
      break
    end
    members, bytes = members + 1, bytes + #envelope
    -- A damaged envelope has no expiry and is taken out at once.
    local expiresAt = math.min(expiryOf(envelope) or 0, endOfTime)
    if expiresAt <= now then
      expired[#expired + 1] = { seq = seq, envelope = envelope }
    else
      firstLeft = firstLeft or seq
      earliest = math.min(earliest, expiresAt)
    end
    cursor = seq
  end
  if isWhole and firstLeft then
    mailbox.head = firstLeft
  end
  mailbox.swept, mailbox.sweptEarliest = cursor, earliest
  return ended, expired
end

-- The mailbox is empty: a registered device has its lease again, any other is forgotten.
local function leaveEmpty(id, mailbox)
  if mailbox.session == '' then
    redis.call('ZREM', shard .. 'expiry', id)
    redis.call('DEL', mailbox.key)
    return
  end
  writeEmpty(shard, id, mailbox, leaseMs)
end

local function index(id, mailbox)
  local keptUntil = math.max(mailbox.keptUntil, mailbox.sweptEarliest + leaseMs)
  redis.call('ZADD', shard .. 'expiry', mailbox.sweptEarliest, id)
  redis.call('PEXPIREAT', shard .. 'expiry', keptUntil, 'NX')
  redis.call('PEXPIREAT', shard .. 'expiry', keptUntil, 'GT')
  mailbox.earliest, mailbox.swept = mailbox.sweptEarliest, nil
end

-- Returns whether all of the mailbox was looked at.
local function expire(id)
  local mailbox = readMailbox(shard .. 'box:' .. id)
  local depth = depthOf(mailbox.key)
  if depth == 0 then
    leaveEmpty(id, mailbox)
    return true
  end
  local ended, expired = walk(mailbox, depth)
  if #expired > 0 then
    takeOutExpired(shard, id, mailbox, depth, expired, leaving, ledgers)
    taken = taken + #expired
  end
  if #expired == depth then
    leaveEmpty(id, mailbox)
    return true
  elseif ended then
    index(id, mailbox)
  end
  redis.call('HSET', mailbox.key, 'b', packBooks(mailbox))
  redis.call('PEXPIRE', mailbox.key, leaseMs, 'NX')
  return ended
end

local more = 0
if #devices == 0 then
  devices = redis.call('ZRANGE', shard .. 'expiry', '-inf', now, 'BYSCORE', 'LIMIT', 0, pageSize)
  more = #devices == pageSize and 1 or 0
end
local done = 0
for _, id in ipairs(devices) do
  if members >= mostMembers or bytes >= mostBytes or not expire(id) then
    more = 1
    break
  end
  done = done + 1
end
writeLedgers(ledgers)
if #leaving > 0 then
  remember(lane, leaving)
end
return { taken, done, more }
