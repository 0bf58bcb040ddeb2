import { readFile } from 'node:fs/promises';
import { startClusterOn, startRedis } from '@openrelay/launch';
import type { Folders } from '../up/folders';
import { isUpRunning } from './is-up-running';
import { complaintOf, type KnownEdge } from './readiness';

export type Cluster = {
  /** Where the devices connect: two edges, or twice the only one. */
  readonly urls: readonly [string, string];
  readonly origin: string;
  readonly stop: () => Promise<void>;
};

type Wanted = {
  /** Edges that the user names. */
  readonly urls: readonly string[];
  /** For a cluster of the demo's own; a private one when absent. */
  readonly redisUrl: string | undefined;
  /** Where ./scripts/up keeps what it runs. */
  readonly folders: Folders;
};

/**
 * The cluster that is named, or the one that ./scripts/up runs, or else one of the demo's own, for which `waiting` is told.
 * Rejects with a sentence when the one of ./scripts/up is not well.
 */
export async function findCluster(wanted: Wanted, waiting: (why: string) => void): Promise<Cluster> {
  const named = pair(wanted.urls);
  if (named !== undefined) return { urls: named, origin: 'the edges given by --url', stop: async () => {} };
  const running = pair(await readyEdges(wanted.folders));
  if (running !== undefined) return { urls: running, origin: 'the cluster of ./scripts/up', stop: async () => {} };
  waiting('No cluster runs here (./scripts/up starts one): starting one of its own for this demo …');
  return startOwnCluster(wanted.redisUrl);
}

function pair([first, second = first]: readonly string[]): [string, string] | undefined {
  return first === undefined || second === undefined ? undefined : [first, second];
}

async function readyEdges(folders: Folders): Promise<string[]> {
  const edges = await knownEdges(folders.cluster);
  const complaints = await Promise.all(edges.map(complaintOf));
  const ready = edges.filter((_, index) => complaints[index] === undefined).map((edge) => edge.url);
  // Without an `up` the file was left behind by one that was killed.
  if (ready.length === 0 && complaints.length > 0 && isUpRunning(folders.lock)) {
    throw new Error(`The cluster that ./scripts/up runs ${complaints[0]}`);
  }
  return ready;
}

/** The file may be missing, or half written. */
async function knownEdges(file: string): Promise<readonly KnownEdge[]> {
  try {
    return (JSON.parse(await readFile(file, 'utf8')) as { readonly edges: readonly KnownEdge[] }).edges ?? [];
  } catch {
    return [];
  }
}

async function startOwnCluster(redisUrl: string | undefined): Promise<Cluster> {
  const redis = redisUrl === undefined ? await startRedis() : { url: redisUrl, stop: async () => {} };
  const cluster = await startClusterOn(redis, { edges: 2 });
  const urls = [cluster.edge(0).url, cluster.edge(1).url] as const;
  return { urls, origin: 'a cluster of its own', stop: () => cluster.stop() };
}
