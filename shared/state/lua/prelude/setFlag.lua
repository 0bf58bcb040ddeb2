-- Gives a mailbox a flag of flagBits, or takes it away. To write the mailbox is left to the caller.
local function setFlag(mailbox, flag, isSet)
  local bits = flagBits[flag]
  mailbox.flags = isSet and bit.bor(mailbox.flags, bits) or bit.band(mailbox.flags, bit.bnot(bits))
end
