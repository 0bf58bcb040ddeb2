#!lua flags=allow-oom
-- Reads the messages after the cursors of connections, oldest first, and takes out expired ones on the way.
-- Guarantee: only the connection that holds the device reads its queue, and it never reads an expired message.
-- Returns {now, page...}, one page a connection: {'page', more (0 or 1), last seq looked at, messages that had expired,
-- seq, envelope, seq, envelope, ...} or {'gone'} when the connection does not hold the device. Times in ms of Redis's
-- clock.

local shard = KEYS[1] -- [prefix] or:{s}: every key below begins with it, so all lie in one slot
local readers = cmsgpack.unpack(ARGV[1]) -- [[device, session, cursor]...]
local maxMessages = tonumber(ARGV[2]) -- [count] a page
local maxBytes = tonumber(ARGV[3]) -- [bytes] a page; one message is given whatever its size
local readAhead = 8 -- messages fetched at a time: few, as large ones beyond the page would be copied in vain

local function pull(id, session, cursor)
  local deviceKey, queueKey = shard .. 'device:' .. id, shard .. 'queue:' .. id
  local held = redis.call('HMGET', deviceKey, 'session', 'bytes', 'special')
  if held[1] ~= session then
    return { 'gone' }
  end

  local page, bytes, expired, expiredBytes = { 'page', 0, cursor, 0 }, 0, 0, 0
  local ended = false
  while not ended and (#page - 4) / 2 < maxMessages and bytes < maxBytes do
    local members =
      redis.call('ZRANGE', queueKey, '(' .. cursor, '+inf', 'BYSCORE', 'LIMIT', 0, readAhead, 'WITHSCORES')
    ended = #members < 2 * readAhead
    for i = 1, #members, 2 do
      local envelope, seq = members[i], tonumber(members[i + 1])
      local expiresAt = expiryOf(envelope) -- none: it is damaged; the node skips it and a sweep takes it out
      if expiresAt and expiresAt <= now then
        redis.call('ZREMRANGEBYSCORE', queueKey, seq, seq)
        if isCounted(held[3]) then
          removeShare(shard, id, envelope)
        end
        expired, expiredBytes = expired + 1, expiredBytes + #envelope
      elseif bytes > 0 and bytes + #envelope > maxBytes then
        bytes, ended = maxBytes, false
        break
      else
        bytes = bytes + #envelope
        page[#page + 1] = seq
        page[#page + 1] = envelope
      end
      cursor = seq
    end
  end
  if expired > 0 then
    local booked = tonumber(held[2]) or 0
    local left = math.max(0, booked - expiredBytes)
    redis.call('HSET', deviceKey, 'bytes', left)
    count(shard, 'expired', expired)
    count(shard, 'bytes', left - booked)
  end
  page[2] = ended and 0 or 1
  page[3] = cursor
  page[4] = expired
  return page
end

local reply = { now }
for i, reader in ipairs(readers) do
  reply[i + 1] = pull(reader[1], reader[2], reader[3])
end
return reply
