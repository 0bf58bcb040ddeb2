-- What the mailbox of a recipient does not say of its standing, or says of another day, is looked up and put there. Returns whether
-- it was; to write the mailbox is left to the caller. One that is here was seen.
local function recipientStanding(shard, id, mailbox)
  local standing, isHere = mailbox.standing, mailbox.session ~= ''
  if standing == standings.known or standing == standings.seen and (isHere or now < mailbox.seenUntil) then
    return false
  elseif standing == standings.strange and mailbox.isThere and not isHere then
    return false
  end
  local takesListed
  mailbox.standing, mailbox.seenUntil, takesListed = standingOf(shard, id)
  if takesListed then
    setFlag(mailbox, 'listed', true)
  end
  return true
end
