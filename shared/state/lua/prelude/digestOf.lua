-- The digest in an envelope: the sixteen bytes after its two times (src/messages/envelope.ts). Returns nil for a damaged envelope.
local function digestOf(envelope)
  if #envelope < 38 or string.sub(envelope, 20, 21) ~= '\196\016' then
    return nil
  end
  return string.sub(envelope, 22, 37)
end
