export { type NumberRange, numberOption, parseOptions, UsageError } from './commands/options';
export { exitCodes, runCommand } from './commands/run-command';
export { NetworkFault, type NetworkSide } from './network/network-fault';
export { type Child, type Exit, killChildren, startChild } from './processes/child';
export { type EventuallyOptions, eventually } from './processes/eventually';
export { freePort, isPortFree } from './processes/free-port';
export { findProgram } from './processes/on-path';
export { repositoryRoot } from './processes/repository-root';
export { type RunOptions, runScript, runToEnd } from './processes/run-to-end';
export { startAll, stopAll } from './processes/start-all';
export { StartError } from './processes/start-error';
export { askRedis } from './redis/ask-redis';
export { type RedisOptions, tlsArguments } from './redis/redis-arguments';
export { type RedisNode, untilReplicated } from './redis/redis-node';
export { type RunningRedis, startServer } from './redis/redis-server';
export { startRedis } from './redis/start-redis';
export {
  type ClusterNode,
  type RedisClusterOptions,
  type RunningRedisCluster,
  startRedisCluster,
} from './redis/start-redis-cluster';
export { type RunningSentinel, type SentinelOptions, startSentinel } from './redis/start-sentinel';
export { quickDrain, unlimited } from './services/edge-settings';
export { ask, type RunningService } from './services/service';
export {
  type Cluster,
  type ClusterOptions,
  type ClusterRedis,
  type EdgePlan,
  startCluster,
  startClusterOn,
} from './services/start-cluster';
export { type EdgeOptions, type RunningEdge, startEdge } from './services/start-edge';
export { startJanitor } from './services/start-janitor';
export { type OpsOptions, type RunningOps, startOps } from './services/start-ops';
