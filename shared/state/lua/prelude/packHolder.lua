-- Field `d` of a mailbox that was read.
local function packHolder(mailbox)
  local node, session = mailbox.node, mailbox.session
  return holderOf(mailbox.since, mailbox.seenUntil, mailbox.standing, mailbox.flags, node, session)
end
