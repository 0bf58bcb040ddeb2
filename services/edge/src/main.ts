import { randomBytes } from 'node:crypto';
import { parseCommandLine } from '@openrelay/config';
import { createLog } from '@openrelay/telemetry';
import { certificateProblems } from './certificate';
import { Edge } from './edge';

async function main(): Promise<void> {
  const line = parseCommandLine(process.argv.slice(2), process.env, 'edge', certificateProblems);
  if (line.action === 'exit') {
    process.stdout.write(line.stdout);
    process.stderr.write(line.stderr);
    process.exitCode = line.exitCode;
    return;
  }
  const { settings, warnings } = line;
  const node = randomBytes(6).toString('hex');
  const log = createLog({ level: settings.logLevel, service: 'edge', node });
  for (const text of warnings) log.warn('settings.warning', { text });

  const edge: Edge = new Edge({ settings, node, log, random: Math.random, drainAsked: () => leave() });
  const leave = () => void edge.drain().then(() => process.exit(0), fail);
  process.on('SIGTERM', leave); // more than one is asked for once
  process.once('SIGINT', leave); // a second Ctrl-C ends it at once
  // Without a certificate the signal means what it means to every process: its terminal has gone.
  if (settings.tlsCertFile !== '') process.on('SIGHUP', () => edge.renewCertificate());
  await edge.start();
}

function fail(error: unknown): void {
  process.stderr.write(`edge: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

main().catch(fail);
