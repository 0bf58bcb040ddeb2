-- A whole envelope (src/messages/envelope.ts): a MessagePack array of eight, its two times as uint64, then the body as it came.
local function envelopeOf(expiresAt, acceptedAt, body)
  return struct.pack('>BBI8BI8', 152, 207, expiresAt, 207, acceptedAt) .. body
end
