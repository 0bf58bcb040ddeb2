-- Adds to a field of the shard's ledger.
local function count(shard, field, amount)
  if amount ~= 0 then
    redis.call('HINCRBY', shard .. 'ledger', field, amount)
  end
end
