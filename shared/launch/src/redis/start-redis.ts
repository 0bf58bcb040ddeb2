import { freePort } from '../processes/free-port';
import { askRedis } from './ask-redis';
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
    argumentsFor: (chosenPort, folder) => redisArguments(options, chosenPort, folder),
    isReady: (url) => (clusterMode ? ownsAllSlots(url) : Promise.resolve(true)),
  });
}

async function ownsAllSlots(url: string): Promise<boolean> {
  const state = await askRedis(url, ['CLUSTER', 'INFO']);
  if (state.includes('cluster_state:ok')) return true;
  if (state.includes('cluster_slots_assigned:0')) {
    await askRedis(url, ['CLUSTER', 'ADDSLOTSRANGE', '0', '16383']);
  }
  return false;
}
