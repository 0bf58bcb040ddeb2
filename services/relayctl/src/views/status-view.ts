import type { ClusterView, LedgerView, RedisView, StoreView, Traffic } from '@openrelay/overview';
import { type Fact, facts } from '../text/facts';
import { type Line, plain } from '../text/line';
import { age, bytes, counted } from '../text/units';
import { bandwidthFact } from './bandwidth-view';
import { jobsFact } from './jobs-view';
import { nodesView } from './nodes-view';
import { queuesFact } from './queues-view';
import { trafficFacts } from './traffic-view';
import { verdictLines } from './verdict-view';

/** All of a cluster that is shown; the problems are found by whoever shows them. */
export type Shown = Omit<ClusterView, 'problems' | 'rates' | 'latency'> & Traffic;

/** The whole cluster, with a verdict at the end. */
export function statusView(cluster: Shown, width: number): Line[] {
  return [
    ...nodesView(cluster.nodes, cluster.atMs, width),
    plain(''),
    ...facts(statusFacts(cluster), width),
    plain(''),
    ...verdictLines(cluster, width),
  ];
}

export function statusFacts({ atMs, rates, latency, queues, bandwidth, jobs, ledger, redis, store }: Shown): Fact[] {
  return [
    ...trafficFacts(rates, latency),
    queuesFact(queues),
    bandwidthFact(bandwidth),
    jobsFact(jobs, atMs),
    ledgerFact(ledger, atMs),
    redisFact(redis),
    storeFact(store),
  ];
}

function ledgerFact(ledger: LedgerView | null, atMs: number): Fact {
  if (ledger === null) return ['ledger', 'not counted yet'];
  const when = `counted ${age(atMs - ledger.atMs)} ago`;
  const of = `${ledger.countedShards} of ${counted(ledger.shards, 'shard')}`;
  switch (ledger.verdict) {
    case 'balanced':
      return ['ledger', { text: 'balanced', colour: 'green' }, of, when];
    case 'unbalanced':
      return ['ledger', { text: unbalanced(ledger), colour: 'red' }, of, when];
    case 'incomplete':
      return ['ledger', { text: `balanced in ${of}`, colour: 'yellow' }, ...unsure(ledger), when];
  }
}

function unsure({ inexactShards, uncertain }: LedgerView): string[] {
  return inexactShards === 0 ? [] : [`${counted(inexactShards, 'shard')} to within ${counted(uncertain, 'message')}`];
}

function unbalanced({ unbalancedShards, missing }: LedgerView): string {
  return `${counted(unbalancedShards, 'shard')} unbalanced by ${counted(missing, 'message')}`;
}

function redisFact(redis: RedisView | null): Fact {
  if (redis === null) return ['redis', 'not known: its user may not ask (INFO)'];
  const { state, usedBytes, limitBytes } = redis;
  const memory =
    limitBytes === null ? `${bytes(usedBytes)} without a limit` : `${bytes(usedBytes)} of ${bytes(limitBytes)}`;
  return state === 'well' ? ['redis', memory] : ['redis', memory, { text: state, colour: 'red' }];
}

function storeFact({ pressure, refuses, budgetBytes }: StoreView): Fact {
  const budget = budgetBytes === null ? 'no budget' : `budget ${bytes(budgetBytes)}`;
  if (pressure === 0) return ['store', budget];
  return ['store', budget, { text: `refuses ${refuses}`, colour: 'red' }];
}
