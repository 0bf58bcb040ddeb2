-- Field `b` of a mailbox that was read.
local function packBooks(mailbox)
  local seq, bytes, keptUntil, earliest, head =
    mailbox.seq, mailbox.bytes, mailbox.keptUntil, mailbox.earliest, mailbox.head
  return booksOf(seq, bytes, keptUntil, earliest, head, mailbox.swept, mailbox.sweptEarliest)
end
