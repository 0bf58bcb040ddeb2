import { afterEach, expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { Fleet, patienceMs } from '../../src/fleet';
import { seed } from './fault-cluster';
import { FaultyRelay } from './faulty-relay';
import type { Misdeed } from './misdeed';

// The fleet and its judge together: they must find each message that a relay treated badly, and no other.

/** As many as a verdict lists one by one. */
const times = 10;

let relay: FaultyRelay;
let fleet: Fleet;

afterEach(async () => {
  await fleet.stop();
  await relay.stop();
});

async function start(misdeed: Misdeed | 'none', departuresPerSecond: number): Promise<void> {
  relay = await FaultyRelay.start({ misdeed, times });
  const traffic = {
    messagesPerSecond: 600,
    dataBytes: [64, 1024],
    shortLivedOneIn: 20,
    departuresPerSecond,
    restsPerSecond: departuresPerSecond,
  } as const;
  fleet = await Fleet.start({ edges: [relay.url], seed: seed(), devices: 8, claims: 'none', traffic, settleMs: 2000 });
}

/** The first id in each finding is that of the message that it is about; a close is about a device. */
function idsIn(faults: readonly string[]): string[] {
  const id =
    /[0-9a-f]{8}-[0-9a-f-]{27}|(?<=KeyRotation\w+ )\d+|(?<=^closed without reason: with \d+: connection \d+ \()\w{8}/;
  return faults.map((fault) => id.exec(fault)![0]);
}

function titlesOf(faults: readonly string[]): string[] {
  return [...new Set(faults.map((fault) => fault.split(':')[0]!))];
}

test('nothing is found where nothing is wrong', async () => {
  await start('none', 10);
  await fleet.progress(1000);
  const { figures, faults } = await fleet.verdict();
  expect(faults).toEqual([]);
  expect(figures.deliveredAgain + figures.sentAgain).toBeGreaterThan(0);
});

test.each([
  { misdeed: 'drop', finding: 'accepted and lost', departuresPerSecond: 10 },
  { misdeed: 'drop live', finding: 'accepted and lost', departuresPerSecond: 0 },
  { misdeed: 'repeat', finding: 'delivered twice on one connection', departuresPerSecond: 0 },
  { misdeed: 'repeat auth', finding: 'live only and delivered twice', departuresPerSecond: 0 },
  { misdeed: 'swap', finding: 'delivered out of order', departuresPerSecond: 0 },
  { misdeed: 'swap rotation', finding: 'delivered out of order', departuresPerSecond: 0 },
  { misdeed: 'corrupt', finding: 'delivered damaged', departuresPerSecond: 0 },
  { misdeed: 'close', finding: 'closed without reason', departuresPerSecond: 0 },
  { misdeed: 'delay', finding: 'delivered after expiry', departuresPerSecond: 0 },
] as const)('of a relay that will $misdeed one message in a hundred, exactly those are found', async (given) => {
  await start(given.misdeed, given.departuresPerSecond);
  await eventually(() => expect(relay.confessed).toHaveLength(times), { timeoutMs: patienceMs });
  await fleet.progress(100);

  const faults = (await fleet.verdict()).faults.filter((fault) => !fault.startsWith('not at rest'));

  expect(titlesOf(faults)).toEqual([given.finding]);
  expect(idsIn(faults).sort()).toEqual([...relay.confessed].sort());
});
