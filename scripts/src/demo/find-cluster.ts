import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quickDrain, repositoryRoot, startEdge, startRedis } from '@openrelay/launch';

export interface Cluster {
  /** Where the devices connect: two edges, or twice the only one. */
  readonly urls: readonly [string, string];
  readonly origin: string;
  stop(): Promise<void>;
}

interface KnownEdge {
  readonly url: string;
  readonly http: string;
}

const clusterFile = '.data/cluster.json';
const readyTimeoutMs = 2_000;

/**
 * The cluster that is named, or the one that ./scripts/up runs, or else one of the demo's own, for which `waiting` is told;
 * that one uses the given Redis, or a private one.
 */
export async function findCluster(
  named: readonly string[],
  redisUrl: string | undefined,
  waiting: (why: string) => void,
): Promise<Cluster> {
  const given = pair(named);
  if (given !== undefined) return { urls: given, origin: 'the edges given by --url', stop: async () => {} };
  const running = pair(await readyEdges());
  if (running !== undefined) return { urls: running, origin: `the cluster of ${clusterFile}`, stop: async () => {} };
  waiting('No cluster runs here (./scripts/up starts one): starting one of its own for this demo …');
  return startOwnCluster(redisUrl);
}

function pair([first, second = first]: readonly string[]): [string, string] | undefined {
  return first === undefined || second === undefined ? undefined : [first, second];
}

async function readyEdges(): Promise<string[]> {
  const edges = await knownEdges();
  const ready = await Promise.all(edges.map(isReady));
  return edges.filter((_, index) => ready[index]).map((edge) => edge.url);
}

/** The file may be missing, or left over from a cluster that was killed. */
async function knownEdges(): Promise<readonly KnownEdge[]> {
  try {
    const text = await readFile(join(repositoryRoot, clusterFile), 'utf8');
    return (JSON.parse(text) as { readonly edges: readonly KnownEdge[] }).edges ?? [];
  } catch {
    return [];
  }
}

async function isReady({ http }: KnownEdge): Promise<boolean> {
  try {
    const response = await fetch(new URL('/ready', http), { signal: AbortSignal.timeout(readyTimeoutMs) });
    return response.ok;
  } catch {
    return false;
  }
}

async function startOwnCluster(redisUrl: string | undefined): Promise<Cluster> {
  const redis = redisUrl === undefined ? await startRedis() : { url: redisUrl, stop: async () => {} };
  const results = await Promise.allSettled([1, 2].map(() => startEdge({ redisUrl: redis.url, env: quickDrain })));
  const edges = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(edges.map((edge) => edge.stop()));
    await redis.stop();
  };
  const failure = results.find((result) => result.status === 'rejected');
  const urls = pair(edges.map((edge) => edge.url));
  if (failure === undefined && urls !== undefined) return { urls, origin: 'a cluster of its own', stop };
  await stop();
  throw failure?.reason;
}
