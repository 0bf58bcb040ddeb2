-- Whether the flags of a mailbox have one of flagBits.
local function hasFlag(flags, flag)
  return bit.band(flags, flagBits[flag]) ~= 0
end
