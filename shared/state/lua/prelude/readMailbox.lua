-- Reads a device's mailbox (KEYS.md): its holder, its books and, for each digest that is given, the number of that message: of the
-- first in `found`, of all behind two others in `fields`.
-- What is not there, or is damaged, reads as nobody's and empty; books are made anew from the messages. `bytes` are those of a
-- mailbox that holds messages: of one that holds none the books may say more.
local function readMailbox(key, ...)
  local held = redis.call('HMGET', key, 'd', 'b', ...)
  local d, b, isWhole, since, seenUntil, standing, flags, node, session = held[1], held[2]
  if d then
    isWhole, since, seenUntil, standing, flags, node, session = pcall(struct.unpack, '>I8I8BBss', d)
  end
  if not isWhole then
    since, seenUntil, standing, flags, node, session = 0, 0, standings.strange, 0, '', ''
  end
  local seq, bytes, keptUntil, earliest, head = 0, 0, 0, 0, 1
  if b and #b >= 40 then
    seq, bytes, keptUntil, earliest, head = struct.unpack('>I8I8I8I8I8', b)
  end
  local swept, sweptEarliest
  if b and #b == 56 then
    swept, sweptEarliest = struct.unpack('>I8I8', b, 41)
  elseif b and #b ~= 40 or d and not b or seq >= 2 ^ 53 then
    seq, bytes, keptUntil, earliest, head = recount(key)
  end
  return {
    key = key,
    isThere = isWhole,
    since = since,
    seenUntil = seenUntil,
    standing = standing,
    flags = flags,
    node = node,
    session = session,
    seq = seq,
    bytes = bytes,
    keptUntil = keptUntil,
    earliest = earliest,
    head = head,
    swept = swept,
    sweptEarliest = sweptEarliest,
    found = held[3],
    fields = held,
  }
end
