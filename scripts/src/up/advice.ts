import { withoutPassword } from '@openrelay/config';
import type { Addresses } from './cluster';
import type { Folders } from './folders';
import type { Plan } from './plan';

const exampleId = '0123456789ABCDEF'.repeat(4);

/** What a new user reads once the cluster is up. */
export function advice(
  { edges, opsUrl, redisUrl }: Addresses,
  { settings, redis }: Plan,
  { logs, redisUsers }: Pick<Folders, 'logs' | 'redisUsers'>,
): string {
  const [first] = edges;
  const register = JSON.stringify({ type: 'Register', payload: { hardware_id: exampleId } });
  const ofOthers = isLoopback(settings.bindAddress)
    ? []
    : [`  From other machines: ${first?.url.replace(hostOf, '://THIS-MACHINE')}`];
  return [
    '',
    'The cluster is up. Devices connect to any of',
    ...edges.map(({ url }) => `  ${url}`),
    ...ofOthers,
    ...(redis === 'private'
      ? ['', `Redis: ${withoutPassword(redisUrl)}; its users, with their passwords, are in ${redisUsers}.`]
      : []),
    '',
    'See how it does:',
    `  ${opsUrl}/${settings.opsToken === '' ? '' : '  (asks for OPS_TOKEN)'}`,
    '  node services/relayctl/bin/relayctl.js top',
    '',
    'Or look at it as a device does:',
    '  ./scripts/demo',
    `  npx wscat -c ${first?.url} -x '${register}'`,
    ...(first === undefined ? [] : pairing(first, settings)),
    '',
    `What ends by itself is started again. Logs are in ${logs}. Ctrl-C stops everything.`,
  ].join('\n');
}

/** Two devices on this machine: the second one keeps its keys in a folder of its own. */
function pairing({ url, httpUrl }: Addresses['edges'][number], { servePage }: Plan['settings']): string[] {
  const second = 'OPENRELAY_HOME=.data/second npx openrelay';
  return [
    '',
    'Pair two terminals in this folder; the first one prints the CODE for the second:',
    `  npx openrelay --relay ${url} pair`,
    `  ${second} --relay ${url} pair CODE`,
    'Then send from the first to the second:',
    `  ${second} receive --watch`,
    "  npx openrelay send all 'Hello'",
    ...(servePage ? ['Or make a browser one of the two:', `  ${httpUrl}/app/`] : []),
  ];
}

const hostOf = /:\/\/(?:\[[^\]]*\]|[^:/]*)/;

function isLoopback(address: string): boolean {
  return address === '::1' || address === 'localhost' || address.startsWith('127.');
}
