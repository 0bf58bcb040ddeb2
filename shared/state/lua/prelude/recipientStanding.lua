-- What the mailbox of a recipient does not say, or says of another day, is looked up. Returns whether that changed the mailbox; to
-- write it is left to the caller. One that is here was seen, though Redis may have lost that.
local function recipientStanding(shard, id, mailbox)
  local standing, isHere = mailbox.standing, mailbox.session ~= ''
  if standing == standings.known or mailbox.isThere and standing == (isHere and standings.seen or standings.strange) then
    return false
  elseif standing == standings.seen and now < mailbox.seenUntil then
    return false
  end
  local found, seenUntil, isListed = standingOf(shard, id)
  if isHere and found == standings.strange then
    found, seenUntil = standings.seen, now + seenMs
  end
  mailbox.standing, mailbox.seenUntil = found, seenUntil
  if isListed then
    setFlag(mailbox, 'listed', true)
  end
  return true
end
