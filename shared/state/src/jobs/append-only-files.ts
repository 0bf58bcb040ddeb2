import type { Redis } from 'ioredis';
import { isNotPermitted, lacksPermission } from '../link/redis-errors';
import { infoLines } from '../link/redis-health';
import type { RedisLink } from '../link/redis-link';
import { rewriteNoteKey } from '../scripts/keys';

/** What one Redis says of its append-only file. */
type AppendOnlyFile = {
  state: 'off' | 'busy' | 'well' | 'failing';
  fileBytes: number;
  /** What the data takes in memory: more than a file that was just written. */
  storedBytes: number;
};

/** `off`: Redis keeps no such file. `busy`: it loads, saves or rewrites just now. `not asked`: its user may not ask (INFO). */
export type Rewrite = 'begun' | 'not due' | 'busy' | 'off' | 'not asked';

/** A file that has less of what was deleted is not rewritten for it: each rewrite forks the process. */
const smallestBytes = 1024 * 1024;

/** Whether what was deleted since, and lies in the file all the same, outweighs what is stored. */
function isOutweighed({ fileBytes, storedBytes }: AppendOnlyFile): boolean {
  return fileBytes - storedBytes > Math.max(storedBytes, smallestBytes);
}

/** The append-only files of all masters: what was acked or has expired lies in them until they are rewritten. */
export class AppendOnlyFiles {
  constructor(private readonly link: RedisLink) {}

  /**
   * Begins the rewrites that are due: what was deleted outweighs what is stored, or the last one was so long ago.
   * @returns by master
   * @throws Error when one could not be asked, or its last rewrite failed; the others are done by then
   */
  async rewriteWhenDue(afterMs: number): Promise<Rewrite[]> {
    const outcomes = await this.link.ofEachMaster((redis) =>
      this.rewrite(redis, afterMs).catch((error: Error) => error),
    );
    const failed = outcomes.find((outcome) => outcome instanceof Error);
    if (failed !== undefined) throw isNotPermitted(failed) ? new Error(lacksPermission(failed.message)) : failed;
    return outcomes as Rewrite[];
  }

  private async rewrite(redis: Redis, afterMs: number): Promise<Rewrite> {
    const info = await redis.info('server', 'memory', 'persistence').catch((error: Error) => {
      if (isNotPermitted(error)) return undefined; // as `redisHealth` has it
      throw error;
    });
    if (info === undefined) return 'not asked';
    const lines = infoLines(info);
    const file = readFile(lines);
    if (file.state === 'off' || file.state === 'busy') return file.state;
    const noteKey = rewriteNoteKey(lines.get('run_id') ?? '');
    const isRecent = (await this.link.command(noteKey, (other) => other.exists(noteKey))) === 1;
    if (isRecent && file.state === 'well' && !isOutweighed(file)) return 'not due';
    await redis.bgrewriteaof();
    await this.link.run('rewrite_note', { noteKey, lifetimeMs: afterMs });
    if (file.state === 'well') return 'begun';
    throw new Error('Redis could not rewrite its append-only file, and tries again: its log says why.');
  }
}

function readFile(lines: Map<string, string>): AppendOnlyFile {
  const number = (name: string) => Number(lines.get(name) ?? 0);
  const isBusy = busySigns.some((name) => number(name) === 1);
  const isFailing = lines.get('aof_last_bgrewrite_status') === 'err';
  return {
    state: number('aof_enabled') === 0 ? 'off' : isBusy ? 'busy' : isFailing ? 'failing' : 'well',
    fileBytes: number('aof_current_size'),
    storedBytes: number('used_memory_dataset'),
  };
}

const busySigns = [
  'loading',
  'async_loading',
  'aof_rewrite_in_progress',
  'aof_rewrite_scheduled',
  'rdb_bgsave_in_progress',
] as const;
