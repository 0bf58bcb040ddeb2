-- Reads field `d` of a mailbox. Returns whether it could be read, since, seenUntil, standing, flags, node and session; of one that is
-- not there, or is damaged, what nobody's are.
local function unpackHolder(d)
  if d then
    local isWhole, since, seenUntil, standing, flags, node, session = pcall(struct.unpack, '>I8I8BBss', d)
    if isWhole then
      return true, since, seenUntil, standing, flags, node, session
    end
  end
  return false, 0, 0, standings.strange, 0, '', ''
end
