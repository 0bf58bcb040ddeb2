-- Begins to read a mailbox in the order of its messages, after a cursor; `depth` is how many there are. Between few messages with
-- wide gaps the walk goes by the names of the fields, otherwise from number to number.
local function walkAfter(mailbox, depth, cursor)
  local walk = { key = mailbox.key, seq = math.max(cursor, mailbox.head - 1), last = mailbox.seq, at = 0 }
  if walk.last - walk.seq > 4 * depth + 256 then
    walk.seqs = {}
    for _, field in ipairs(redis.call('HKEYS', mailbox.key)) do
      local seq = #field < 16 and string.match(field, '^%d+$') and tonumber(field)
      if seq and seq > walk.seq then
        walk.seqs[#walk.seqs + 1] = seq
      end
    end
    table.sort(walk.seqs)
  end
  return walk
end
