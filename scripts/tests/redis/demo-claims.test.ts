import { afterAll, expect, test } from '@jest/globals';
import { type Cluster, startCluster } from '@openrelay/launch';
import { Participant } from '../../src/demo/participant';

let cluster: Cluster | undefined;
const [phone, laptop] = [new Participant('phone'), new Participant('laptop')];

afterAll(async () => {
  await phone.disconnect();
  await laptop.disconnect();
  await cluster?.stop();
});

test('the two pair by a code on a relay that wants every id claimed, too', async () => {
  cluster = await startCluster({ edges: 1, env: { RELAY_CLAIMS: 'required' } });
  for (const participant of [phone, laptop]) await participant.connect(cluster.edge(0).url);
  const { text, paired } = await laptop.showCode();
  await phone.enterCode(text);
  await expect(paired).resolves.toMatchObject({ name: 'phone' });
});
