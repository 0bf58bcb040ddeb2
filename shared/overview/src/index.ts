export type { BandwidthLimits } from './bandwidth';
export type { Balance } from './ledger';
export { NeverServed, Overview, type Snapshot } from './overview';
export { problemsOf, problemsOfRedis, sentence } from './problems';
export type {
  BandwidthView,
  ClusterView,
  JobView,
  Latency,
  LedgerView,
  NodeView,
  Problem,
  QueuesView,
  Rates,
  RedisView,
  RefusalView,
  SeriesPoint,
  SeriesView,
  StoreView,
} from './shapes';
export { BadTimeRange, parseStep, parseTime, readTimeRange, type Step, timeForms } from './time-range';
export { type Counts, type Traffic, trafficBetween } from './traffic';
export { type DeviceView, redisView } from './views';
