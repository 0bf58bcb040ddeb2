-- A device is here: what makes it known lasts on from now, its claim with its contacts 400 days, its place among the residents 30.
local function keepKnown(shard, id)
  if redis.call('EXPIRE', shard .. 'claim:' .. id, 34560000) == 1 then
    redis.call('EXPIRE', shard .. 'contacts:' .. id, 34560000)
  elseif redis.call('ZADD', shard .. 'residents', 'XX', 'CH', math.floor(now / 1000), id) == 1 then
    redis.call('EXPIRE', shard .. 'residents', 2592000)
  end
end
