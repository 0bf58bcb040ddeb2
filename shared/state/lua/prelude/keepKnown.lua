-- A device is here: what makes it known lasts on from now: its claim with its contacts, or its place among the residents.
local function keepKnown(shard, id)
  if redis.call('EXPIRE', shard .. 'claim:' .. id, claimSeconds) == 1 then
    redis.call('EXPIRE', shard .. 'contacts:' .. id, claimSeconds)
  elseif redis.call('ZADD', shard .. 'residents', 'XX', 'CH', math.floor(now / 1000), id) == 1 then
    redis.call('EXPIRE', shard .. 'residents', rememberedSeconds)
  end
end
