-- Reads field `b` of a mailbox. Returns seq, bytes, keptUntil, earliest and head, and while a sweep is half done swept and
-- sweptEarliest. Of a mailbox that `isThere` they are made anew from the messages when they are not, or are damaged.
local function unpackBooks(key, b, isThere)
  local length = b and #b or 0
  if length == 40 or length == 56 then
    local seq, bytes, keptUntil, earliest, head = struct.unpack('>I8I8I8I8I8', b)
    if seq < 2 ^ 53 then
      if length == 40 then
        return seq, bytes, keptUntil, earliest, head
      end
      return seq, bytes, keptUntil, earliest, head, struct.unpack('>I8I8', b, 41)
    end
  elseif not b and not isThere then
    return 0, 0, 0, 0, 1
  end
  return recount(key)
end
