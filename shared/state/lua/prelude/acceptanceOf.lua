-- When an envelope was accepted, in ms of Redis's clock: the nine bytes before its digest. Returns 0 for a damaged envelope.
local function acceptanceOf(envelope)
  if #envelope < 38 then
    return 0
  end
  local acceptedAt = struct.unpack('>I8', envelope, 12)
  return acceptedAt
end
