export { askAtStart, connectRedis } from './connect-redis';
export { type Failure, failureOf } from './failure';
export { countOpenFiles, openFilesLimit } from './open-files';
export { runService } from './run-service';
export { watchRedis } from './watch-redis';
