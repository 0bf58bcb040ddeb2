-- Whether a mailbox has a flag of flagBits.
local function hasFlag(mailbox, flag)
  return bit.band(mailbox.flags, flagBits[flag]) ~= 0
end
