-- What the hash of a recipient does not say, or says of another day, is looked up. Returns the standing, what is special about
-- the recipient, and fields that its hash lacks. One that is here was seen, though an older edge did not write so.
local function recipientStanding(shard, id, standing, special, session)
  local isSettled = session and standing == 'seen' or not session and standing == 'strange'
  if
    isSettled
    or standing == 'seen' and now < (tonumber(redis.call('HGET', shard .. 'device:' .. id, 'seen_until')) or 0)
  then
    return standing, special, {}
  end
  local found, seenUntil, letters = standingOf(shard, id)
  if session and found == 'strange' then
    found, seenUntil = 'seen', now + seenMs
  end
  local lacking = { 'standing', found, 'seen_until', seenUntil }
  if not special and letters ~= '' then
    special, lacking[5], lacking[6] = letters, 'special', letters
  end
  return found, special, lacking
end
