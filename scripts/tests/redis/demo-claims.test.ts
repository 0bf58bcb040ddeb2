import { afterAll, expect, test } from '@jest/globals';
import { type Cluster, startCluster } from '@openrelay/launch';
import { Participant } from '../../src/demo/participant';

let cluster: Cluster | undefined;
const participant = new Participant('phone');

afterAll(async () => {
  await participant.disconnect();
  await cluster?.stop();
});

test('on a relay that wants every id claimed, a device registers, and the demo says why no code can wait there', async () => {
  cluster = await startCluster({ edges: 1, env: { RELAY_CLAIMS: 'required' } });
  await participant.connect(cluster.edge(0).url);
  await expect(participant.showCode()).rejects.toThrow('RELAY_CLAIMS=required');
});
