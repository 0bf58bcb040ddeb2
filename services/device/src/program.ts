import { Command, CommanderError } from 'commander';
import { registerChangePeers } from './commands/change-peers';
import { registerClip } from './commands/clip';
import type { Commands } from './commands/commands';
import { registerCompletion } from './commands/completion';
import { registerDoctor } from './commands/doctor';
import { registerDown } from './commands/down';
import { registerId } from './commands/id';
import { registerInstall } from './commands/install';
import { registerKeyring } from './commands/keyring';
import { registerPair } from './commands/pair';
import { registerPeers } from './commands/peers';
import { registerReceive } from './commands/receive';
import { registerSend } from './commands/send';
import { registerStatus } from './commands/status';
import { registerUp } from './commands/up';
import { extensionsOf } from './extensions';
import { type ExitCode, exitCodesHelp } from './failures/exit-code';
import { failureOf } from './failures/failure-of';
import { type CommonOptions, Session } from './session/session';
import type { World } from './session/world';
import { printable } from './terminal/printable';

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
    const { exitCode, message } = failureOf(error);
    // A relay's or a peer's words may be in it.
    world.stderr.write(`${printable(message)}\n`);
    return exitCode;
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

/** The table of commands: help and completion are made of it. */
export function programFor(world: World, done: (code: ExitCode) => void): Command {
  const program = new Command('openrelay')
    .description('Sends texts and files between your devices, through a relay that can’t read them.')
    .option('--json', 'answer in JSON, a line for each thing that is told')
    .option('--relay <url>', 'the relay, as wss://relay.example; remembered once it has answered')
    .version(world.version, '--version', 'print the version')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      outputError: (text, write) => write(`openrelay: ${asSentence(text)}; --help tells how to use it.\n`),
    })
    .addHelpText('afterAll', exitCodesHelp);
  const act: Commands['act'] = (command, work) => {
    command.action(async () => {
      const session = new Session(world, command.optsWithGlobals<CommonOptions>());
      try {
        done(await work(session, command.args));
      } finally {
        await session.close();
      }
    });
  };
  const commands = { program, act };
  registerUp(commands, extensionsOf(world));
  // In the order in which help lists them.
  for (const register of [
    registerDown,
    registerId,
    registerPair,
    registerPeers,
    registerChangePeers,
    registerSend,
    registerReceive,
    registerClip,
    registerStatus,
    registerDoctor,
    registerInstall,
    registerCompletion,
    registerKeyring,
  ])
    register(commands);
  return program;
}
