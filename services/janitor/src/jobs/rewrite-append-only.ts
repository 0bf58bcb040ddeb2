import { AppendOnlyFiles, type Rewrite } from '@openrelay/state';
import type { Job } from './job';

/** How often the job looks: a rewrite that is due by time begins so much earlier, and so never later than the setting says. */
export const lookSeconds = 60;
const shortestMs = 1000;

/**
 * What a device has, or what has expired, is gone from Redis's memory at once, and lies in its append-only file until that is
 * rewritten. Replicas rewrite theirs by Redis's own rule (auto-aof-rewrite-percentage).
 */
export const rewriteAppendOnly: Job = async ({ link, metrics, aofRewriteSeconds }) => {
  if (aofRewriteSeconds === 0) return { begun: 0 };
  const afterMs = Math.max(shortestMs, (aofRewriteSeconds - lookSeconds) * 1000);
  const rewrites = await new AppendOnlyFiles(link).rewriteWhenDue(afterMs);
  const count = (wanted: Rewrite) => rewrites.filter((rewrite) => rewrite === wanted).length;
  await metrics.add('append_only_rewrites', count('begun'));
  return { begun: count('begun'), busy: count('busy'), off: count('off'), notAsked: count('not asked') };
};
