import type { RedisLink } from '@openrelay/state';
import { run } from '../../src/program';
import type { ExitCode } from '../../src/session/exit-code';
import type { Screen } from '../../src/session/world';

type Place = {
  connect: (url: string) => Promise<RedisLink>;
  env?: Record<string, string>;
  columns?: number;
  screen?: Screen;
  colours?: 'yes' | 'no';
};

/** Runs relayctl in this process, on a clock of the test's. */
export async function runIn(place: Place, argv: readonly string[]) {
  const { connect, env = {}, columns = Number.POSITIVE_INFINITY, screen, colours = 'no' } = place;
  let stdout = '';
  let stderr = '';
  const code: ExitCode = await run(argv, {
    env,
    clusterFile: '/no/cluster/runs/here.json',
    stdout: {
      write: (text: string) => {
        stdout += text;
      },
      columns: () => columns,
      colours,
    },
    stderr: {
      write: (text: string) => {
        stderr += text;
      },
    },
    screen,
    connect,
  });
  return { code, stdout, stderr };
}
