import { randomBytes } from 'node:crypto';
import { parseCommandLine } from '@openrelay/config';
import { createLog } from '@openrelay/telemetry';
import { Ops } from './ops';

async function main(): Promise<void> {
  const line = parseCommandLine(process.argv.slice(2), process.env, 'ops');
  if (line.action === 'exit') {
    process.stdout.write(line.stdout);
    process.stderr.write(line.stderr);
    process.exitCode = line.exitCode;
    return;
  }
  const { settings, warnings } = line;
  const log = createLog({ level: settings.logLevel, service: 'ops', node: randomBytes(6).toString('hex') });
  for (const text of warnings) log.warn('settings.warning', { text });

  const ops = new Ops({ settings, log });
  const leave = () => void ops.stop().then(() => process.exit(0), fail);
  process.once('SIGTERM', leave);
  process.once('SIGINT', leave);
  await ops.start();
}

function fail(error: unknown): void {
  process.stderr.write(`ops: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

main().catch(fail);
