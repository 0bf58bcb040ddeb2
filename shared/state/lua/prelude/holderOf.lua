-- Field `d` of a mailbox: its holder.
local function holderOf(since, seenUntil, standing, flags, node, session)
  return struct.pack('>I8I8BBss', since, seenUntil, standing, flags, node, session)
end
