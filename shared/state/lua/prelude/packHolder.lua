-- Field `d` of a mailbox: its holder.
local function packHolder(mailbox)
  local node, session = mailbox.node, mailbox.session
  return struct.pack('>I8I8BBss', mailbox.since, mailbox.seenUntil, mailbox.standing, mailbox.flags, node, session)
end
