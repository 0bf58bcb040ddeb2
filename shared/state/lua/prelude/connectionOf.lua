-- The connection of a session NODE.CONNECTION.COUNT: all sessions of one connection begin alike (src/holders/registry.ts).
local function connectionOf(session)
  return string.match(session, '^[^.]+%.[^.]+') or session
end
