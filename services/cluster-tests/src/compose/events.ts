/** What happens to a stack while devices write to each other. */
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@openrelay/testing';
import type { Fleet } from '../fleet';
import { balancedEdges } from './haproxy';
import type { Stack } from './stack';
import { type Passage, underTraffic } from './under-traffic';
import { get } from './web';

const backMs = 60_000;
const updateMs = 240_000;
/** For devices to come and go by themselves, so that a new edge gets some. */
const minglingMs = 6000;

function told({ figures, longestAbsenceMs }: Passage): string {
  const { accepted, delivered, lost } = figures;
  const away = (longestAbsenceMs / 1000).toFixed(1);
  return `${accepted} accepted, ${delivered} delivered, ${lost} lost, no device away for more than ${away} s`;
}

export async function startStack(stack: Stack): Promise<string> {
  const startedMs = performance.now();
  const seconds = () => ((performance.now() - startedMs) / 1000).toFixed(1);
  let served = '';
  const up = stack.up();
  const scheme = stack.setting('RELAY_TLS_CERT') === '' ? `http://127.0.0.1:${stack.setting('PORT')}` : '';
  const base = scheme || `https://127.0.0.1:${stack.setting('TLS_PORT')}`;
  const firstAnswer = eventually(
    async () => {
      if ((await get(`${base}/health`)).status !== 200) throw new Error('The load balancer answers, but no edge.');
      served ||= seconds();
    },
    { timeoutMs: 150_000, intervalMs: 100 },
  );
  await Promise.all([up, firstAnswer]);
  return `serves devices after ${served} s, all healthy after ${seconds()} s`;
}

/** Resolves with how long after it was ready HAProxy took to use the last edge, in ms. */
async function untilBalanced(stack: Stack, edges: number): Promise<number> {
  await eventually(
    async () => {
      const up = (await balancedEdges(stack)).filter(({ isUp }) => isUp).length;
      if (up !== edges) throw new Error(`HAProxy uses ${up} edges, not ${edges}.`);
    },
    { timeoutMs: 30_000, intervalMs: 100 },
  );
  const atMs = Date.now();
  return atMs - (await lastListeningMs(stack));
}

/** When the youngest edge opened its port, by its log. */
async function lastListeningMs(stack: Stack): Promise<number> {
  const log = await stack.compose('logs', '--no-color', '--no-log-prefix', 'edge');
  const times = [...log.matchAll(/"time":"([^"]+)"[^\n]*"edge\.listening"/g)].map(([, time = '']) => Date.parse(time));
  return Math.max(...times);
}

/** Promised are 5 s; a machine that does something else besides may take longer. */
const mostDiscoveryMs = 15_000;

export async function scaleWithHaproxy(stack: Stack, url: string): Promise<string> {
  let discoveryMs = Number.NaN;
  let shares: number[] = [];
  const passage = await underTraffic(url, async () => {
    // Compose ends only when the new edges are healthy, which is later.
    [discoveryMs] = await Promise.all([untilBalanced(stack, 4), stack.scale(4)]);
    await pause(minglingMs);
    shares = (await balancedEdges(stack)).map(({ connections }) => connections);
    await stack.scale(2);
    await untilBalanced(stack, 2);
  });
  if (!(discoveryMs <= mostDiscoveryMs)) throw new Error(`HAProxy took ${discoveryMs} ms to use a new edge.`);
  if (shares.some((count) => count === 0)) throw new Error(`An edge got no device: ${shares.join(', ')}.`);
  return `new edges used ${discoveryMs} ms after they were ready, devices then ${shares.join(' + ')}; ${told(passage)}`;
}

/** With a load balancer that must be reloaded. */
export async function scaleWithReloads(stack: Stack, url: string, reload: () => Promise<unknown>): Promise<string> {
  const passage = await underTraffic(url, async () => {
    await stack.scale(4);
    await reload();
    await pause(minglingMs);
    await stack.scale(2);
    await reload();
  });
  return told(passage);
}

export async function killEdge(stack: Stack, url: string): Promise<string> {
  const passage = await underTraffic(url, async (fleet) => {
    const [victim] = await stack.containers('edge');
    // All that runs in it, but for its init, which then ends as the engine expects of one that crashed.
    await stack.docker('exec', victim?.id ?? '', 'bash', '-c', 'kill -KILL -1').catch(() => undefined);
    await allBack(fleet);
    await eventually(() => isHealthy(stack, victim?.id ?? ''), { timeoutMs: backMs, intervalMs: 200 });
  });
  return told(passage);
}

async function isHealthy(stack: Stack, id: string): Promise<void> {
  const state = await stack.docker('inspect', '--format', '{{.RestartCount}} {{.State.Health.Status}}', id);
  if (!/^[1-9]\d* healthy/.test(state)) throw new Error(`The edge was not started again: ${state.trim()}`);
}

export async function restartRedis(stack: Stack, url: string): Promise<string> {
  const passage = await underTraffic(url, async (fleet) => {
    await stack.compose('restart', 'redis');
    await allBack(fleet);
  });
  return told(passage);
}

function allBack(fleet: Fleet): Promise<void> {
  return fleet.allConnected(backMs);
}

/** Every edge is another one than before, and there are as many. */
async function expectReplaced(stack: Stack, replace: () => Promise<unknown>): Promise<void> {
  const before = new Set((await stack.containers('edge')).map(({ id }) => id));
  await replace();
  const after = await stack.containers('edge');
  const left = after.filter(({ id }) => before.has(id)).length;
  if (after.length !== before.size || left > 0) throw new Error(`Of ${after.length} edges, ${left} are the old ones.`);
}

function rollingUpdate(stack: Stack, ...options: string[]): Promise<string> {
  return stack.run(['scripts/rolling-update', ...options], updateMs);
}

/** A setting is changed, and the edges replaced one by one. */
export async function updateEdges(stack: Stack, url: string, ...options: string[]): Promise<string> {
  let said = '';
  stack.set({ RELAY_MAX_TTL_SECONDS: '604799' });
  const passage = await underTraffic(url, () =>
    expectReplaced(stack, async () => {
      said = await rollingUpdate(stack, ...options);
    }),
  );
  return `${said.trim().split('\n').at(-1)}; ${told(passage)}`;
}

/** Long enough for the first new edge, too short for the second. */
const interruptedAfterSeconds = 11;

export async function interruptUpdate(stack: Stack, url: string): Promise<string> {
  stack.set({ RELAY_MAX_TTL_SECONDS: '604798' });
  const passage = await underTraffic(url, () =>
    expectReplaced(stack, async () => {
      const words = ['timeout', '--signal=INT', String(interruptedAfterSeconds), 'scripts/rolling-update'];
      const first = await stack.run(words, updateMs).catch(() => 'interrupted');
      if (first !== 'interrupted') throw new Error('The update was over before it could be interrupted.');
      await rollingUpdate(stack);
    }),
  );
  return told(passage);
}

/** New edges that cannot start are taken away again, and the old ones stay. */
export async function refuseUpdate(stack: Stack, url: string): Promise<string> {
  const shards = stack.setting('RELAY_SHARDS');
  const names = async () =>
    (await stack.containers('edge'))
      .map(({ name }) => name)
      .sort()
      .join();
  const before = await names();
  const passage = await underTraffic(url, async () => {
    stack.set({ RELAY_SHARDS: '17' }); // the deployment has another number
    const said = await rollingUpdate(stack, '--ready-within', '6').catch((error: Error) => error.message);
    stack.set({ RELAY_SHARDS: shards });
    if (!said.includes('did not become ready within 6 s')) throw new Error(`The update did not refuse: ${said}`);
    if ((await names()) !== before) throw new Error('The edges are not the ones before.');
  });
  return told(passage);
}
