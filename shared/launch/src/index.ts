export { type Exit, killChildren } from './child';
export { quickDrain, unlimited } from './edge-settings';
export { freePort, isPortFree } from './free-port';
export { NetworkFault, type NetworkSide } from './network-fault';
export { type RedisOptions, tlsArguments } from './redis-arguments';
export type { RedisNode } from './redis-node';
export { type RunningRedis, startServer } from './redis-server';
export { askRedis } from './redis-wire';
export { repositoryRoot } from './repository-root';
export { runScript } from './run-script';
export { ask, type RunningService } from './service';
export { type EdgeOptions, type RunningEdge, startEdge } from './start-edge';
export { StartError } from './start-error';
export { startJanitor } from './start-janitor';
export { type OpsOptions, type RunningOps, startOps } from './start-ops';
export { startRedis } from './start-redis';
export {
  type ClusterNode,
  type RedisClusterOptions,
  type RunningRedisCluster,
  startRedisCluster,
} from './start-redis-cluster';
export { type RunningSentinel, type SentinelOptions, startSentinel } from './start-sentinel';
