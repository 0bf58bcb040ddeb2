import { describe, expect, test } from '@jest/globals';
import { shardByShard } from '../../src/jobs/shard-by-shard';

const never = new AbortController().signal;

describe('work on all shards', () => {
  test('gives each shard its turn, as long as it has more', async () => {
    const left = [2, 0, 1];
    const turns: number[] = [];
    await shardByShard(3, never, async (shard) => {
      turns.push(shard);
      left[shard]! -= 1;
      return left[shard]! >= 0 ? 'more' : 'done';
    });
    expect(turns).toEqual([0, 1, 2, 0, 2, 0]);
  });

  test('goes on with the others when a shard fails, and says how many when they are done', async () => {
    const turns: number[] = [];
    const work = shardByShard(3, never, async (shard) => {
      turns.push(shard);
      if (shard === 0) throw new Error('its master is away');
      return turns.length < 5 ? 'more' : 'done';
    });
    await expect(work).rejects.toThrow('1 of 3 shards were left out (Error: its master is away).');
    expect(turns).toEqual([0, 1, 2, 1, 2, 1]);
  });

  test('ends at once when it is told to', async () => {
    const leaving = new AbortController();
    const turns: number[] = [];
    const work = shardByShard(3, leaving.signal, async (shard) => {
      turns.push(shard);
      leaving.abort(new Error('the janitor leaves'));
      return 'more';
    });
    await expect(work).rejects.toThrow('the janitor leaves');
    expect(turns).toEqual([0]);
  });

  test('is nothing where there are no shards yet', async () => {
    await shardByShard(0, never, () => Promise.reject(new Error('called')));
  });
});
