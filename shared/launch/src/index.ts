export { type Exit, killChildren } from './child';
export { freePort, isPortFree } from './free-port';
export type { RedisOptions } from './redis-arguments';
export { askRedis } from './redis-wire';
export { repositoryRoot } from './repository-root';
export { type EdgeOptions, type RunningEdge, startEdge } from './start-edge';
export { type RunningRedis, startRedis } from './start-redis';
