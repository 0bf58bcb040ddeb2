import { eventually } from '@openrelay/testing';
import type { Stack } from './stack';
import { certificateSerial, expectHeaders, expectStatus } from './web';

const demoMs = 60_000;

export const plainUrl = (stack: Stack): string => `ws://127.0.0.1:${stack.setting('PORT')}/relay`;
export const secureUrl = (stack: Stack): string => `wss://127.0.0.1:${stack.setting('TLS_PORT')}/relay`;
const secureHttp = (stack: Stack): string => `https://127.0.0.1:${stack.setting('TLS_PORT')}`;

/** What ./scripts/demo does, through the load balancer. */
export async function demo(stack: Stack, url: string): Promise<string> {
  const text = await stack.run([process.execPath, 'scripts/dist/demo.js', '--url', url], demoMs, {
    NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS ?? '',
  });
  return text.trim().split('\n').at(-1) ?? '';
}

const ofEverything = {
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^DENY$/,
  'content-security-policy': /default-src 'none'/,
  'referrer-policy': /^no-referrer$/,
  uwebsockets: 'none',
} as const;

/** What anybody may ask, and what nobody may from outside. */
export async function checkOutside(base: string): Promise<void> {
  const { headers } = await expectStatus(`${base}/health`, 200);
  expectHeaders(headers, ofEverything);
  await expectStatus(`${base}/bandwidth-status`, 200);
  for (const path of [
    '/metrics',
    '/ready',
    '/metrics/',
    '/%6detrics',
    '//metrics',
    '/metrics?x',
    '/ready/../metrics',
    '/',
  ]) {
    await expectStatus(`${base}${path}`, 404);
  }
}

export async function checkTls(stack: Stack): Promise<void> {
  await checkOutside(secureHttp(stack));
  const { headers } = await expectStatus(`${secureHttp(stack)}/health`, 200);
  expectHeaders(headers, { 'strict-transport-security': /max-age=\d{8}/ });
  const moved = await expectStatus(`http://127.0.0.1:${stack.setting('PORT')}/relay?a=b`, 308);
  expectHeaders(moved.headers, { location: /^https:\/\/127\.0\.0\.1(:\d+)?\/relay\?a=b$/ });
}

/** Ops answers on this machine, to whoever has the token. */
export async function checkOps(stack: Stack): Promise<void> {
  const base = `http://127.0.0.1:${stack.setting('OPS_PORT')}`;
  await expectStatus(`${base}/health`, 200);
  await expectStatus(`${base}/api/cluster`, 401);
  await expectStatus(`${base}/api/cluster`, 200, { authorization: 'Bearer openrelay-ops-on-this-machine' });
}

/** Every accepted message is accounted for: asked with relayctl, from within. */
export async function checkLedger(stack: Stack): Promise<string> {
  const text = await stack.compose('run', '--rm', '--no-deps', '-T', 'relayctl', 'ledger', 'check');
  return `${text.trim().split('\n').length} shards balance`;
}

/** The certificate in the file is another one: shown after the load balancer was reloaded, to those who come then. */
export async function checkRenewal(
  stack: Stack,
  renew: () => Promise<void>,
  reload: () => Promise<unknown>,
): Promise<void> {
  const port = stack.setting('TLS_PORT');
  const before = await certificateSerial(port);
  await renew();
  await reload();
  await eventually(
    async () => {
      if ((await certificateSerial(port)) === before) throw new Error('The old certificate is still shown.');
    },
    { timeoutMs: 15_000 },
  );
}

type Targets = { data: { activeTargets: { labels: { job: string }; health: string; lastError: string }[] } };

/** Prometheus has found so many edges, ops and HAProxy, and can read them all. */
export async function checkPrometheus(stack: Stack, edges: number): Promise<void> {
  const url = `http://127.0.0.1:${stack.setting('PROMETHEUS_PORT')}/api/v1/targets`;
  await eventually(
    async () => {
      const { data } = JSON.parse((await expectStatus(url, 200)).text) as Targets;
      const up = data.activeTargets.filter(({ health }) => health === 'up').map(({ labels }) => labels.job);
      const faults = data.activeTargets.map(({ labels, lastError }) => `${labels.job} ${lastError}`).join(', ');
      const expected = [...Array<string>(edges).fill('openrelay-edge'), 'openrelay-ops', 'haproxy'];
      if (up.sort().join() !== expected.sort().join()) throw new Error(`Prometheus reads only ${up.join()}: ${faults}`);
    },
    { timeoutMs: 60_000, intervalMs: 500 },
  );
}
