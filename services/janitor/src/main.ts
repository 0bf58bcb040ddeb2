import { randomBytes } from 'node:crypto';
import { parseCommandLine } from '@openrelay/config';
import { createLog } from '@openrelay/telemetry';
import { Janitor } from './janitor';

async function main(): Promise<void> {
  const line = parseCommandLine(process.argv.slice(2), process.env, 'janitor');
  if (line.action === 'exit') {
    process.stdout.write(line.stdout);
    process.stderr.write(line.stderr);
    process.exitCode = line.exitCode;
    return;
  }
  const { settings, warnings } = line;
  const node = randomBytes(6).toString('hex');
  const log = createLog({ level: settings.logLevel, service: 'janitor', node });
  for (const text of warnings) log.warn('settings.warning', { text });

  const janitor = new Janitor({ redisUrl: settings.redisUrl, node, log });
  const leave = () => void janitor.stop().then(() => process.exit(0), fail);
  process.once('SIGTERM', leave);
  process.once('SIGINT', leave);
  await janitor.start();
}

function fail(error: unknown): void {
  process.stderr.write(`janitor: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

main().catch(fail);
