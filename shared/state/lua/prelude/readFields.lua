-- The fields `d` and `b` of a mailbox, and behind them, for each of its items of a batch, the number of the message of that digest.
-- `first` is the device's first item, `nextOf` leads from one to the next, and digests[item + offset] is the digest of one.
local function readFields(key, first, nextOf, digests, offset)
  local item = nextOf[first]
  if not item then
    return redis.call('HMGET', key, 'd', 'b', digests[first + offset])
  end
  local asked = { digests[first + offset] }
  while item do
    asked[#asked + 1] = digests[item + offset]
    item = nextOf[item]
  end
  return redis.call('HMGET', key, 'd', 'b', unpack(asked))
end
