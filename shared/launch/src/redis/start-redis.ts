import { freePort } from '../processes/free-port';
import { ownsAllSlots, prepareClusterOfOne } from './cluster-of-one';
import { type RedisOptions, redisArguments } from './redis-arguments';
import { type RunningRedis, startServer } from './redis-server';

/** A real redis-server on 127.0.0.1, answering. Rejects with a sentence and the end of its output when it does not start. */
export function startRedis(options: RedisOptions = {}): Promise<RunningRedis> {
  const { dataDir, port, logFile, clusterMode = false, administrator } = options;
  return startServer({
    dataDir,
    port,
    logFile,
    credentials: administrator && `${administrator.name}:${administrator.password}`,
    findPort: freePort,
    argumentsFor: (chosenPort, folder) => {
      if (clusterMode) prepareClusterOfOne(folder);
      return redisArguments(options, chosenPort, folder);
    },
    isReady: (url) => (clusterMode ? ownsAllSlots(url) : Promise.resolve(true)),
  });
}
