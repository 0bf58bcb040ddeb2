import type { RunningEdge } from '@openrelay/launch';

const exampleId = '0123456789ABCDEF'.repeat(4);

/** What a new user reads once the cluster is up. */
export function advice(edges: readonly Pick<RunningEdge, 'url' | 'httpUrl'>[], logs: string): string {
  const [first] = edges;
  const register = JSON.stringify({ type: 'Register', payload: { hardware_id: exampleId } });
  return [
    '',
    'The cluster is up. Devices connect to any of',
    ...edges.map(({ url }) => `  ${url}`),
    '',
    'Try it in another terminal:',
    '  ./scripts/demo',
    `  curl ${first?.httpUrl}/health`,
    `  npx wscat -c ${first?.url} -x '${register}'`,
    '',
    `Logs are in ${logs}. Ctrl-C stops everything.`,
  ].join('\n');
}
