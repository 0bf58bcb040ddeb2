import type { Addresses } from './cluster';

const exampleId = '0123456789ABCDEF'.repeat(4);

/** What a new user reads once the cluster is up. */
export function advice({ edges, opsUrl }: Addresses, logs: string, opsToken: string): string {
  const [first] = edges;
  const register = JSON.stringify({ type: 'Register', payload: { hardware_id: exampleId } });
  return [
    '',
    'The cluster is up. Devices connect to any of',
    ...edges.map(({ url }) => `  ${url}`),
    '',
    'See how it does:',
    `  ${opsUrl}/${opsToken === '' ? '' : '  (asks for OPS_TOKEN)'}`,
    '  npx relayctl top',
    '',
    'Try it in another terminal:',
    '  ./scripts/demo',
    `  curl ${first?.httpUrl}/health`,
    `  npx wscat -c ${first?.url} -x '${register}'`,
    '',
    `What ends by itself is started again. Logs are in ${logs}. Ctrl-C stops everything.`,
  ].join('\n');
}
