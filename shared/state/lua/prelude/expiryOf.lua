-- When an envelope expires, in ms of Redis's clock: the nine bytes after its head (src/messages/envelope.ts).
-- Returns nil for a damaged envelope.
local function expiryOf(envelope)
  if #envelope < 38 or string.sub(envelope, 1, 2) ~= '\152\207' then
    return nil
  end
  local expiresAt = struct.unpack('>I8', envelope, 3)
  return expiresAt
end
