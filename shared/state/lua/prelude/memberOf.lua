-- A device in the set of a node, where every one that is connected has a place: the bytes that its id stands for, half as long.
-- This takes 3 µs: whoever does it often is given them.
local function memberOf(id)
  return (string.gsub(id, '..', function(digits)
    return string.char(tonumber(digits, 16))
  end))
end
