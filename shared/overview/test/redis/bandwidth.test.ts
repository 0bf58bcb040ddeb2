import { expect, test } from '@jest/globals';
import { BandwidthLedger, BandwidthMonths, RollUps } from '@openrelay/state';
import { dayMs, minuteMs, noonMs, useOverviewRig } from './overview-rig';

const rig = useOverviewRig();

async function carry(atMs: number, bytes: number): Promise<void> {
  await rig.count(atMs, { 'payload_bytes:in': bytes / 2, 'payload_bytes:out': bytes / 2 });
  const ledger = new BandwidthLedger(rig.link, 'writer');
  const month = new Date(atMs).toISOString().slice(0, 7);
  await ledger.add(month, `flush-${atMs}`, bytes);
  rig.setClock(noonMs);
}

test('the month has its days, the months before, and a projection that goes on as its last whole days', async () => {
  await rig.serve();
  await new BandwidthLedger(rig.link, 'writer').add('2041-04', 'april', 777);
  await new BandwidthMonths(rig.link).close('2041-04');
  rig.setClock(noonMs);
  const rollUps = new RollUps(rig.link);
  for (const days of [2, 1]) {
    await carry(noonMs - days * dayMs, 1000 * days);
    await rollUps.roll('hour', noonMs - days * dayMs);
    await rollUps.roll('day', noonMs - days * dayMs - dayMs / 2);
  }
  await carry(noonMs - minuteMs, 500);
  const { bandwidth } = await rig.overview.snapshot();
  expect(bandwidth).toEqual({
    month: '2041-05',
    usedBytes: 3500,
    limitBytes: 1_000_000,
    thresholdBytes: 950_000,
    projectedBytes: 3500 + 14.5 * 1500,
    days: [
      { day: '2041-05-15', bytes: 2000 },
      { day: '2041-05-16', bytes: 1000 },
      { day: '2041-05-17', bytes: 500 },
    ],
    closedMonths: [{ month: '2041-04', bytes: 777 }],
  });
});
