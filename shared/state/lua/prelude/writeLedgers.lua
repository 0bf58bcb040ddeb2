-- Adds what countIn has collected to the ledgers of the shards.
local function writeLedgers(ledgers)
  for shard, ledger in pairs(ledgers) do
    for field, amount in pairs(ledger) do
      if amount ~= 0 then
        redis.call('HINCRBY', shard .. 'ledger', field, amount)
      end
    end
  end
end
