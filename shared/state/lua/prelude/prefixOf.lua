-- What every key of a shard begins with.
local function prefixOf(shard)
  return 'or:{' .. shard .. '}:'
end
