import type { RedisLink } from '../link/redis-link';
import { jobLockKey } from '../scripts/keys';

/** How long a lock outlives a janitor that was killed; less than BullMQ takes to give its job to another. */
const lifetimeMs = 4000;
/** `acquire` again as often renews a lock in time. */
export const lockRenewalMs = 1000;

/** Has one run of a job at a time, whether BullMQ or a janitor itself began it. */
export class JobLock {
  constructor(private readonly link: RedisLink) {}

  /** For 4 s, also anew. @param run a name that no other run has. @throws RedisUnavailable | ReplyError */
  async acquire(job: string, run: string): Promise<'acquired' | 'held by another'> {
    const acquired = await this.link.run('job_lock', { lockKey: jobLockKey(job), run, lifetimeMs });
    return acquired === 1 ? 'acquired' : 'held by another';
  }

  /** Does nothing to a lock that another run has by now. @throws RedisUnavailable | ReplyError */
  async release(job: string, run: string): Promise<void> {
    await this.link.run('job_unlock', { lockKey: jobLockKey(job), run });
  }
}
