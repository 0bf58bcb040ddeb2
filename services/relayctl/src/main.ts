import { resolve } from 'node:path';
import { RedisLink } from '@openrelay/state';
import { run } from './program';
import { TerminalScreen } from './top/terminal-screen';

const { env, stdin, stdout, stderr } = process;
const answerMs = 5000;
const colours = stdout.isTTY && !env.NO_COLOR && env.TERM !== 'dumb' ? 'yes' : 'no';

async function connect(url: string): Promise<RedisLink> {
  const link = new RedisLink({
    url,
    commandTimeoutMs: answerMs,
    monotonicMs: () => performance.now(),
    replica: 'will do',
  });
  await link.connect(answerMs).catch((error) => {
    link.close();
    throw error;
  });
  return link;
}

stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(0); // a reader that goes away, as `head` does
  stderr.write(`The answer could not be written: ${message}.\n`);
  process.exit(3);
});
stderr.on('error', () => undefined); // nowhere is left to report it

void run(process.argv.slice(2), {
  env,
  clusterFile: resolve(__dirname, '../../../.data/cluster.json'),
  stdout: {
    write: (text) => void stdout.write(text),
    columns: () => (stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY),
    colours,
  },
  stderr: { write: (text) => void stderr.write(text) },
  screen: stdout.isTTY ? new TerminalScreen(stdin.isTTY ? stdin : undefined, stdout, colours) : undefined,
  connect,
}).then((code) => {
  process.exitCode = code;
  // When all is written: a connection that a client lets go of in its own time must not keep who asked waiting.
  stdout.write('', (error) => {
    if (!error) process.exit();
  });
});
