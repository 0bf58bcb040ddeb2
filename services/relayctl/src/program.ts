import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BadTimeRange, parseStep, parseTime } from '@openrelay/overview';
import { Command, CommanderError } from 'commander';
import { bandwidth } from './commands/bandwidth';
import { configCheck } from './commands/config-check';
import { device, parseHash } from './commands/device';
import { drain } from './commands/drain';
import { ledgerCheck } from './commands/ledger-check';
import { type MetricsOptions, metrics } from './commands/metrics';
import { nodes } from './commands/nodes';
import { queues } from './commands/queues';
import { status } from './commands/status';
import { top } from './commands/top';
import { CalledWrongly, type ExitCode, exitCodesHelp } from './session/exit-code';
import { type Options, Session } from './session/session';
import type { World } from './session/world';

const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as { version: string };

/** Runs what the command line asks for. Never rejects: what goes wrong is said in one sentence on standard error. */
export async function run(argv: readonly string[], world: World): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = programFor(world, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    // Help and version that were asked for end by an error of code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    world.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof CalledWrongly || error instanceof BadTimeRange ? 2 : 3;
  }
}

/** What commander says of a wrong call, in one line: it begins with `error: `, and may have advice on a second one. */
function asSentence(text: string): string {
  return text
    .replace(/^error: /, '')
    .trim()
    .replace(/\n+/g, ' ')
    .replace(/\.$/, '');
}

function programFor(world: World, done: (code: ExitCode) => void): Command {
  const program = new Command('relayctl')
    .description('Asks the Redis of an OpenRelay cluster how the cluster is; needs no other service to be up.')
    .option('--json', 'answer in JSON, for scripts')
    .option('--redis <url>', 'the Redis to ask; else that of REDIS_URL, else that of the cluster ./scripts/up runs')
    .version(version, '--version', 'print the version')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      outputError: (text, write) => write(`relayctl: ${asSentence(text)}; --help tells how to use it.\n`),
    })
    .addHelpText('afterAll', exitCodesHelp);

  const asks = (command: Command, work: (session: Session, ...args: string[]) => Promise<ExitCode>) =>
    command.action(async () => {
      const session = (open: Session) => work(open, ...command.args);
      done(await Session.with(world, command.optsWithGlobals<Options>(), session));
    });

  asks(describe(program, 'status', 'the cluster in one screen, and whether all is well'), status);
  asks(describe(program, 'top', 'the same, live; q ends it'), top);
  asks(describe(program, 'nodes', 'each node: connections, load, state'), nodes);
  asks(describe(program, 'bandwidth', 'the month against its limit, its days, and months before'), bandwidth);
  asks(describe(program, 'queues', 'how much waits for devices'), queues);
  const series = describe(program, 'metrics', 'rates and latency over time')
    .option('--from <time>', 'a time ago (30m, 12h, 7d), ISO 8601 or Unix ms', checkedTime('--from'), '1h')
    .option('--to <time>', 'the same, or now', checkedTime('--to'), 'now')
    .option('--step <step>', 'minute, hour or day', (text) => parseStep('--step', text), 'minute');
  asks(series, (session) => metrics(session, series.opts<MetricsOptions>()));
  const ledger = describe(program, 'ledger', 'the books of the messages');
  asks(describe(ledger, 'check', 'compare what was counted with what lies in the queues, shard by shard'), ledgerCheck);
  asks(describe(program, 'drain <NODE>', 'ask a node to send its devices to other edges and end'), (session, node) =>
    drain(session, node!),
  );
  asks(
    describe(program, 'device', 'whether a device is registered, and how much waits for it').argument(
      '<HASH>',
      '',
      parseHash,
    ),
    (session, hash) => device(session, hash!),
  );
  const config = describe(program, 'config', 'the settings');
  const check = describe(config, 'check', 'check the settings of the environment, and the Redis');
  check.action(async () => done(await configCheck(world, check.optsWithGlobals<Options>())));
  return program;
}

function describe(parent: Command, usage: string, summary: string): Command {
  return parent.command(usage).description(summary);
}

/** What was given, once it is known to say a time: before Redis, which tells the time, is asked. */
function checkedTime(option: string): (text: string) => string {
  return (text) => {
    parseTime(option, text, 0);
    return text;
  };
}
