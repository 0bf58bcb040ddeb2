#!/usr/bin/env node
const fs = require('node:fs');
const path = require('node:path');

const main = path.join(__dirname, '../dist/main.js');
if (fs.existsSync(main)) require(main);
else {
  process.stderr.write('openrelay is not built yet: run `npm run build` first.\n');
  process.exitCode = 2;
}
