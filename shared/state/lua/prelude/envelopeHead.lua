-- What stands in front of an envelope of so many bytes in a notice: MessagePack's bin 32. cmsgpack cannot write that type.
local function envelopeHead(size)
  return struct.pack('>BI4', 198, size)
end
