import { setTimeout as pause } from 'node:timers/promises';
import { ask } from '@openrelay/launch';

const pollMs = 1000;
const awaySign = /Redis is away[^\n]*/;

/** Says when Redis goes and when it is back, as the edges see it, until the signal ends it. */
export async function watchRedis(
  edgeUrls: readonly string[],
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let isAway = false;
  while (!signal.aborted) {
    const answers = (await Promise.all(edgeUrls.map((url) => ask(`${url}/ready`)))).filter((one) => one !== undefined);
    const complaint = answers.map(({ text }) => awaySign.exec(text)?.[0]).find((text) => text !== undefined);
    const isReady = answers.some(({ status }) => status === 200);
    // An edge alone may have lost its connection.
    if (!isAway && complaint !== undefined && !isReady) say(`${complaint}; devices are refused until it is back.`);
    if (isAway && isReady) say('Redis is back.');
    isAway = (isAway || complaint !== undefined) && !isReady;
    await pause(pollMs, undefined, { signal }).catch(() => undefined);
  }
}
