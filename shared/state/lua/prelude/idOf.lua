-- The id of a member of a node's set (memberOf).
local function idOf(member)
  return (string.gsub(member, '.', function(byte)
    return string.format('%02X', string.byte(byte))
  end))
end
