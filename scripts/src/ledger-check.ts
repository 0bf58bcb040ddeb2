/** `npm run ledger:check`: the same as `npx relayctl ledger check`. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '@openrelay/launch';

const relayctl = join(repositoryRoot, 'services/relayctl/bin/relayctl.js');
const notAsked = 3;

const { status } = spawnSync(process.execPath, [relayctl, 'ledger', 'check', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = status ?? notAsked;
