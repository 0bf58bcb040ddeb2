-- Appends an envelope to the beginning of a notice, as MessagePack's bin 32. cmsgpack cannot write that type.
local function withEnvelope(start, envelope)
  return start .. '\198' .. struct.pack('>I4', #envelope) .. envelope
end
