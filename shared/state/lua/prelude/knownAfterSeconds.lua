-- So long altogether makes a device known. The edge counts up to the same (src/holders/registry.ts).
local knownAfterSeconds = 600
