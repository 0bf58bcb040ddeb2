export { connectRedis } from './connect-redis';
export { runService } from './run-service';
export { watchRedis } from './watch-redis';
