-- Field `b` of a mailbox: its books; longer while a sweep is half done.
local function packBooks(mailbox)
  local seq, bytes, keptUntil, earliest, head =
    mailbox.seq, mailbox.bytes, mailbox.keptUntil, mailbox.earliest, mailbox.head
  if mailbox.swept then
    return struct.pack('>I8I8I8I8I8I8I8', seq, bytes, keptUntil, earliest, head, mailbox.swept, mailbox.sweptEarliest)
  end
  return struct.pack('>I8I8I8I8I8', seq, bytes, keptUntil, earliest, head)
end
