import { withoutPassword } from '@openrelay/config';

/** What the client for Redis says, and the sentence that helps whoever called relayctl. */
const explained: readonly (readonly [RegExp, (url: string, reason: string) => string])[] = [
  [/^NOAUTH/, (url) => `Redis at ${url} wants a password: REDIS_URL=${withPlaceFor(url)}`],
  [/^Unknown RESP type/, (url) => `What answers at ${url} is not Redis.`],
  [
    /wrong version number|packet length too long/,
    (url) => `What answers at ${url} does not speak TLS there; redis:// ?`,
  ],
  [/^(?:not connected yet|no answer in time)$/, silent],
  [/^it is not in cluster mode$/, (url) => `Redis at ${url} is not in cluster mode; redis:// ?`],
  [
    /^NOPERM/,
    (url, reason) =>
      `The user for Redis at ${url} lacks a permission, which shared/state/KEYS.md lists: ${ended(reason)}`,
  ],
];

/** One sentence on a Redis that cannot be asked. @param reason that of RedisUnavailable */
export function explainUnavailable(redisUrl: string, reason: string): string {
  const url = withoutPassword(redisUrl);
  // Sentinels are asked one after the other; the reason is that of the last.
  const [, ofSentinel] = /^no Sentinel tells where the master is: (.*)$/s.exec(reason) ?? [];
  if (ofSentinel !== undefined) return `No Sentinel of ${url} tells where the master is: ${ended(ofSentinel)}`;
  const [, explain] = explained.find(([form]) => form.test(reason)) ?? [];
  if (explain !== undefined) return explain(url, reason);
  return reason.trim() === ''
    ? `Redis at ${url} cannot be asked.`
    : `Redis at ${url} cannot be asked: ${ended(reason)}`;
}

/** A server without TLS takes the handshake for half a command and waits for the rest: it is as silent as one that hangs. */
function silent(url: string): string {
  if (!url.startsWith('rediss')) return `Redis at ${url} cannot be asked: it does not answer.`;
  return `Redis at ${url} cannot be asked: it does not answer, or does not speak TLS there; redis:// ?`;
}

function withPlaceFor(url: string): string {
  return url.replace(/:\/\/(?:\*\*\*@)?/, '://:PASSWORD@');
}

function ended(reason: string): string {
  return `${reason.trim().replace(/\.$/, '')}.`;
}
