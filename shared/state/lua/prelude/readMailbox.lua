-- Reads a device's mailbox (KEYS.md): its holder and its books. What is not there, or is damaged, reads as nobody's and empty. `bytes`
-- are those of a mailbox that holds messages: of one that holds none the books may say more. `found` is the number of the message of
-- a digest, when one is given.
local function readMailbox(key, ...)
  local held = redis.call('HMGET', key, 'd', 'b', ...)
  local mailbox = { key = key, found = held[3] }
  mailbox.isThere, mailbox.since, mailbox.seenUntil, mailbox.standing, mailbox.flags, mailbox.node, mailbox.session =
    unpackHolder(held[1])
  mailbox.seq, mailbox.bytes, mailbox.keptUntil, mailbox.earliest, mailbox.head, mailbox.swept, mailbox.sweptEarliest =
    unpackBooks(key, held[2], mailbox.isThere)
  return mailbox
end
