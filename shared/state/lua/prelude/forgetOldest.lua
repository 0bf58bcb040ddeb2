-- Bounds what a shard remembers of ids, in number and in time. The oldest go first, and visitors never drive out residents.
local function forgetOldest(shard)
  redis.call('ZREMRANGEBYRANK', shard .. 'visitors', 0, -10001)
  redis.call('ZREMRANGEBYRANK', shard .. 'residents', 0, -65537)
  local oldest = math.floor(now / 1000) - rememberedSeconds
  for name, score in pairs({ visitors = oldest * 1024, residents = oldest }) do
    local old = redis.call('ZRANGE', shard .. name, '-inf', score, 'BYSCORE', 'LIMIT', 0, 64)
    if #old > 0 then
      redis.call('ZREM', shard .. name, unpack(old))
    end
  end
end
