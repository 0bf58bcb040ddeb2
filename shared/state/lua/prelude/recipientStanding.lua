-- What the mailbox of a recipient does not say of its standing, or says of another day, is looked up. Returns standing, seenUntil and
-- flags, and whether they were looked up: to write them is left to the caller. One that is here was seen.
local function recipientStanding(shard, id, isThere, standing, seenUntil, flags, session)
  local isHere = session ~= ''
  if standing == standings.known or standing == standings.seen and (isHere or now < seenUntil) then
    return standing, seenUntil, flags, false
  elseif standing == standings.strange and isThere and not isHere then
    return standing, seenUntil, flags, false
  end
  local takesListed
  standing, seenUntil, takesListed = standingOf(shard, id)
  return standing, seenUntil, takesListed and bit.bor(flags, flagBits.listed) or flags, true
end
