import { type Environment, readSettings, type Settings } from '@openrelay/config';

/** What `up` is asked to start, decided from the environment alone. */
export type Plan = {
  /** Of one edge; its port is the first edge's. */
  readonly settings: Settings;
  readonly warnings: readonly string[];
  readonly edgeCount: number;
  /** A Redis of the user's own, or `private` for one that `up` starts. */
  readonly redis: 'private' | 'given';
  /** Of a private one: without it nothing would bound what strangers have stored. */
  readonly redisMaxmemory: string;
  /** What is passed on to all that is started. */
  readonly environment: Readonly<Record<string, string>>;
};

const mostEdges = 64;
/** As with Docker Compose. */
const usualMaxmemory = '1gb';

/** Throws an Error whose message is one sentence for each problem. */
export function planFrom(env: Environment): Plan {
  const edgeCount = edgeCountFrom(env.EDGES);
  // On a developer's machine nobody balances load: Ctrl-C should not take half a minute.
  const environment = { RELAY_DRAIN_SECONDS: '1', RELAY_DRAIN_LEAD_SECONDS: '0', ...passedOn(env) };
  const { settings, warnings } = readSettings({ ...env, ...environment });
  checkPorts(settings, edgeCount);
  const redis = env.REDIS_URL ? 'given' : 'private';
  if (redis === 'private') checkReplicas(settings);
  const redisMaxmemory = maxmemoryFrom(env.REDIS_MAXMEMORY);
  return { settings, warnings, edgeCount, redis, redisMaxmemory, environment };
}

function checkReplicas({ minReplicas }: Settings): void {
  if (minReplicas === 0) return;
  throw new Error(
    `RELAY_MIN_REPLICAS is ${minReplicas}, but the Redis that up starts has no replica, so every message would be refused ` +
      '(503): name a Redis that has with REDIS_URL.',
  );
}

function checkPorts({ port, opsPort }: Settings, edgeCount: number): void {
  if (port + edgeCount - 1 > 65_535) {
    throw new Error(`PORT is ${port}, too high for ${edgeCount} edges on ports that follow one another.`);
  }
  if (port !== 0 && opsPort >= port && opsPort < port + edgeCount) {
    throw new Error(`OPS_PORT is ${opsPort}, which is edge ${opsPort - port + 1}'s port already; choose another.`);
  }
}

function edgeCountFrom(text: string | undefined): number {
  if (!text) return 2;
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= mostEdges) return count;
  throw new Error(`EDGES is ${JSON.stringify(text)}, but must be a whole number from 1 to ${mostEdges}.`);
}

function maxmemoryFrom(text: string | undefined): string {
  if (!text) return usualMaxmemory;
  if (/^[1-9]\d{0,14}(?:[kmg]b?)?$/i.test(text)) return text;
  throw new Error(`REDIS_MAXMEMORY is ${JSON.stringify(text)}, but must be a number of bytes, such as 1gb or 500mb.`);
}

function passedOn(env: Environment): Record<string, string> {
  const entries = Object.entries(env).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    return value !== undefined && value !== '' && (/^(RELAY|NODE)_/.test(name) || name === 'LOG_LEVEL');
  });
  return Object.fromEntries(entries);
}
