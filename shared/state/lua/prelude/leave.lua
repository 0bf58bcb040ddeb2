-- A connection leaves its device: how long it was there is noted, and when the device was seen. What that makes of its standing is
-- in the mailbox then; to write it is left to the caller.
local function leave(shard, id, mailbox, seconds)
  local standing = mailbox.standing
  if standing == standings.known or standing == standings.strange and seconds == 0 then
    return
  end
  local seenAt = standing == standings.seen and mailbox.seenUntil - seenMs or now
  mailbox.standing = addStay(shard, id, seconds, seenAt)
  mailbox.seenUntil = mailbox.standing == standings.seen and seenAt + seenMs or 0
end
