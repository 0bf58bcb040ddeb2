/** `npm run measure:failover`: what a fail-over of Redis loses of what was acked, with and without RELAY_MIN_REPLICAS. */

import { exitCodes, numberOption, parseOptions, runCommand } from '@openrelay/launch';
import { percentileOf } from '@openrelay/telemetry';
import { type FailoverRound, failOver, type ReplicaState } from './failover/failover-round';

const help = `Usage: npm run measure:failover [-- --rounds N]

Kills the master of a Redis with two replicas and three sentinels under traffic, N times (default 3) for each of four cases:
RELAY_MIN_REPLICAS 0 and 1, with replicas that keep up and with replicas that have not answered for a second.
Prints a line a case: messages acked, refused (503), acked and lost, and how long a Send waited for its answer before the kill.

Ends with 0, with 1 when something was lost with RELAY_MIN_REPLICAS=1, with 2 when it was called wrongly.
A case takes about 20 s a round.`;

function sum(rounds: readonly FailoverRound[], count: (round: FailoverRound) => number): number {
  return rounds.reduce((total, round) => total + count(round), 0);
}

function describe(minReplicas: number, replicas: ReplicaState, rounds: readonly FailoverRound[]): string {
  const waits = rounds.flatMap(({ answeredAfterMs }) => answeredAfterMs).sort((one, other) => one - other);
  const waited = (percent: number) => `${percentileOf(waits, percent).toFixed(1)} ms`;
  const [accepted, refused, lost] = [
    sum(rounds, (one) => one.accepted),
    sum(rounds, (one) => one.refused),
    sum(rounds, (one) => one.lost),
  ];
  const counts = `${accepted} acked, ${refused} refused, ${lost} acked and lost`;
  const title = `RELAY_MIN_REPLICAS=${minReplicas}, replicas ${replicas}`;
  return `${title}: ${rounds.length} fail-overs, ${counts}; answered in ${waited(50)} (p50), ${waited(99)} (p99)`;
}

async function measure(args: readonly string[], stopping: AbortSignal): Promise<number> {
  const { rounds: text = '3' } = parseOptions({ args, options: { rounds: { type: 'string' } } }).values;
  const rounds = numberOption('rounds', text, { least: 1, most: 100 });
  let lostThoughConfirmed = 0;
  for (const minReplicas of [0, 1]) {
    for (const replicas of ['in step', 'silent'] as const) {
      const done: FailoverRound[] = [];
      for (let round = 0; round < rounds; round += 1) {
        stopping.throwIfAborted();
        done.push(await failOver(minReplicas, replicas));
      }
      if (minReplicas > 0) lostThoughConfirmed += sum(done, ({ lost }) => lost);
      console.log(describe(minReplicas, replicas, done));
    }
  }
  return lostThoughConfirmed === 0 ? exitCodes.fine : exitCodes.failed;
}

void runCommand({ title: 'measure:failover', help, run: measure });
