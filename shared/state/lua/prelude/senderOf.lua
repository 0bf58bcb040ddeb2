-- The sender of an envelope: the text after its digest (src/messages/envelope.ts). Returns nil for a damaged envelope.
local function senderOf(envelope)
  local head, length = string.byte(envelope, 38, 39)
  if head ~= 217 or not length or #envelope < 39 + length then
    return nil
  end
  return string.sub(envelope, 40, 39 + length)
end
