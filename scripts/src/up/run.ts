import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Environment } from '@openrelay/config';
import { advice } from './advice';
import { type Clock, systemClock } from './clock';
import { type Addresses, Cluster } from './cluster';
import type { Folders } from './folders';
import { type Plan, planFrom } from './plan';
import { rotateLogs } from './rotate-logs';
import { watchRedis } from './watch-redis';

type Run = {
  env: Environment;
  folders: Folders;
  /** Resolves when the user wants everything to stop. */
  stopAsked: Promise<void>;
  say: (line: string) => void;
  /** Another script than the built edge, for tests. */
  edgeEntry?: string;
  clock?: Clock;
};

/** Starts the cluster, keeps it until it is to stop or a process dies over and over, and leaves nothing behind. Gives the exit code. */
export async function runCluster(run: Run): Promise<0 | 1> {
  const { env, folders, say } = run;
  try {
    const plan = planFrom(env);
    for (const warning of plan.warnings) say(`Warning: ${warning}`);
    mkdirSync(folders.logs, { recursive: true });
    rotateLogs(folders.logs);
    await keepUp(plan, run);
    return 0;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

async function keepUp(plan: Plan, { folders, stopAsked, say, edgeEntry, clock = systemClock }: Run): Promise<void> {
  const ending = new AbortController();
  let watching: Promise<void> | undefined;
  const cluster = new Cluster({ plan, folders, edgeEntry, clock }, say);
  try {
    const addresses = await Promise.race([cluster.start(), stopAsked]);
    if (addresses !== undefined) {
      writeAddresses(addresses, folders.cluster);
      say(advice(addresses, plan, folders));
      if (plan.redis === 'given') watching = watchRedis(urlsOf(addresses), say, ending.signal);
      const end = await Promise.race([cluster.gaveUp, stopAsked]);
      if (end !== undefined) throw new Error(end);
    }
    say('Stopping … (Ctrl-C again stops at once)');
  } finally {
    ending.abort();
    await watching;
    rmSync(folders.cluster, { force: true });
    await cluster.stop();
  }
}

function urlsOf({ edges }: Addresses): string[] {
  return edges.map(({ httpUrl }) => httpUrl);
}

/** The file holds the address of Redis, which may have a password in it. */
function writeAddresses({ edges, opsUrl, redisUrl }: Addresses, file: string): void {
  const addresses = { edges: edges.map(({ url, httpUrl }) => ({ url, http: httpUrl })), opsUrl, redisUrl };
  writeFileSync(file, `${JSON.stringify(addresses, undefined, 2)}\n`, { mode: 0o600 });
}
