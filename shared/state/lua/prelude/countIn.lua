-- Adds to a field of a shard's ledger, once the call is over (writeLedgers). `ledgers` collects it, by prefix of a shard.
local function countIn(ledgers, shard, field, amount)
  local ledger = ledgers[shard]
  if not ledger then
    ledger = {}
    ledgers[shard] = ledger
  end
  ledger[field] = (ledger[field] or 0) + amount
end
