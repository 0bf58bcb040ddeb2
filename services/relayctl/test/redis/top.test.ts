import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { trafficBetween } from '@openrelay/overview';
import { RedisLink } from '@openrelay/state';
import { eventually } from '@openrelay/testing';
import { snapshotAt } from '../../../../shared/overview/test/unit/snapshots';
import type { Screen } from '../../src/session/world';
import { type Line, print } from '../../src/text/line';
import { live } from '../../src/top/live';
import { FixedCluster, nowMs } from './fixed-cluster';
import { runIn } from './run-in';

/** A terminal that remembers what it showed. */
class RecordingScreen implements Screen {
  readonly shown: string[] = [];
  state: 'closed' | 'open' = 'closed';
  leave: () => void = () => undefined;

  size() {
    return { columns: 80, rows: 24 };
  }
  open(onLeave: () => void) {
    this.state = 'open';
    this.leave = onLeave;
  }
  draw(lines: readonly Line[]) {
    this.shown.push(lines.map((line) => print(line, 'no')).join('\n'));
  }
  close() {
    this.state = 'closed';
  }
}

let cluster: FixedCluster;
let link: RedisLink;

beforeAll(async () => {
  cluster = await FixedCluster.start();
});
afterAll(() => cluster.stop());

/** A real clock that begins at the cluster's time. */
async function connect(url: string): Promise<RedisLink> {
  link = new RedisLink({ url, commandTimeoutMs: 5000, monotonicMs: () => performance.now() });
  await link.connect(5000);
  link.clock.begin(nowMs);
  return link;
}

test('top draws the cluster again and again, also after Redis was away, until the user leaves', async () => {
  const screen = new RecordingScreen();
  const ended = runIn({ connect, screen, env: { REDIS_URL: cluster.server.url } }, ['top']);
  await eventually(() => expect(screen.shown.length).toBeGreaterThan(2), { timeoutMs: 30_000 });
  expect(screen.shown.at(-1)).toContain('0a1b2c3d4e5f  up');

  cluster.server.kill('SIGSTOP');
  await eventually(() => expect(screen.shown.at(-1)).toMatch(/^Redis has not answered for [2-5] s: /), {
    timeoutMs: 30_000,
  });
  expect(screen.shown.at(-1)).not.toContain('All well.');
  await eventually(() => expect(screen.shown.at(-1)).toContain('Redis cannot be asked'), { timeoutMs: 30_000 });
  cluster.server.kill('SIGCONT');
  await eventually(() => expect(screen.shown.at(-1)).toContain('0a1b2c3d4e5f'), { timeoutMs: 30_000 });

  screen.leave();
  expect(await ended).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(screen.state).toBe('closed');
}, 90_000);

test('top does not call a Redis silent that takes half a second to answer', async () => {
  const screen = new RecordingScreen();
  let readings = 0;
  const snapshot = async () => {
    await pause(500);
    return snapshotAt(2000 * readings++);
  };
  const ended = live({ snapshot, lastMinute: () => pause(0, trafficBetween(snapshotAt(), snapshotAt())) }, screen);
  await eventually(() => expect(readings).toBe(3));
  screen.leave();
  await ended;
  expect(screen.shown.filter((text) => text.includes('has not answered'))).toEqual([]);
});

test('top in JSON prints one screen, also on a terminal', async () => {
  const screen = new RecordingScreen();
  const { code, stdout } = await runIn({ connect, screen, env: { REDIS_URL: cluster.server.url } }, ['top', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ connections: 12_352, nodes: [{ state: 'up' }, { state: 'draining' }] });
  expect(screen.shown).toEqual([]);
});
