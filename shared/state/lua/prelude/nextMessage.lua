-- The next message of a walk (walkAfter): its number and its envelope; nothing at the end.
local function nextMessage(walk)
  while walk.seq < walk.last do
    walk.at = walk.at + 1
    walk.seq = walk.seqs and (walk.seqs[walk.at] or walk.last) or walk.seq + 1
    local envelope = redis.call('HGET', walk.key, walk.seq)
    if envelope then
      return walk.seq, envelope
    end
  end
end
