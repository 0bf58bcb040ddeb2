import { join } from 'node:path';
import { type Child, repositoryRoot, startChild } from '@openrelay/launch';
import type { AbuseCluster } from './abuse-cluster';
import type { Attack, Orders, Tally } from './attack';

/** A process of its own, so that what delays the attacker delays nobody else. */
const entry = join(repositoryRoot, 'services/cluster-tests/dist/abuse/attacker.js');
/** The bystanders come from 127.0.0.1. */
const address = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';
/** Beyond its time, for what it still waits for. */
const graceMs = 20_000;

export type AttackPlan = Pick<Orders, 'milliseconds' | 'share' | 'given' | 'priority'>;

/** Resolves when all of the attacker's processes have ended, with what they got together. */
export async function attackWith(
  { name, processes = 1 }: Attack,
  cluster: AbuseCluster,
  plan: AttackPlan,
  stopping: AbortSignal,
): Promise<Tally> {
  const orders: Omit<Orders, 'process'> = {
    ...plan,
    attack: name,
    edges: cluster.places,
    ops: cluster.opsPlace,
    balancer: cluster.balancer === undefined ? null : cluster.endpoints[0]!,
    address,
    processes,
  };
  const tallies = await Promise.all(
    Array.from({ length: processes }, (_, process) => runOne({ ...orders, process }, stopping)),
  );
  const sum: Tally = {};
  for (const [what, value] of tallies.flatMap((tally) => Object.entries(tally))) sum[what] = (sum[what] ?? 0) + value;
  return sum;
}

async function runOne(orders: Orders, stopping: AbortSignal): Promise<Tally> {
  let tally: Tally | undefined;
  const child = await startChild({
    command: process.execPath,
    args: [entry, JSON.stringify(orders)],
    env: { PATH: process.env.PATH },
    onLine: (line) => {
      tally ??= (JSON.parse(line) as { tally: Tally }).tally;
    },
  });
  await ended(child, orders.milliseconds + graceMs, stopping);
  stopping.throwIfAborted();
  if (tally === undefined) throw new Error(`The attacker of ${orders.attack} told nothing: ${child.output()}`);
  return tally;
}

/** Kills it when it is told to stop, or does not end by itself. */
async function ended(child: Child, withinMs: number, stopping: AbortSignal): Promise<void> {
  const kill = () => child.kill('SIGKILL');
  const timer = setTimeout(kill, withinMs);
  stopping.addEventListener('abort', kill);
  if (stopping.aborted) kill();
  await child.exited;
  clearTimeout(timer);
  stopping.removeEventListener('abort', kill);
}
