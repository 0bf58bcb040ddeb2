-- Field `b` of a mailbox: its books; longer while a sweep is half done.
local function booksOf(seq, bytes, keptUntil, earliest, head, swept, sweptEarliest)
  if swept then
    return struct.pack('>I8I8I8I8I8I8I8', seq, bytes, keptUntil, earliest, head, swept, sweptEarliest)
  end
  return struct.pack('>I8I8I8I8I8', seq, bytes, keptUntil, earliest, head)
end
