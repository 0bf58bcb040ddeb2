import { afterAll, expect, test } from '@jest/globals';
import { type Cluster, startCluster } from '@openrelay/launch';
import { Participant } from '../../src/demo/participant';

let cluster: Cluster | undefined;

afterAll(() => cluster?.stop());

test('on a relay that wants every id claimed, the demo says so', async () => {
  cluster = await startCluster({ edges: 1, env: { RELAY_CLAIMS: 'required' } });
  const connecting = new Participant('phone').connect(cluster.edge(0).url);
  await expect(connecting).rejects.toThrow('RELAY_CLAIMS=required');
});
