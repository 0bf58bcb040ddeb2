import { setTimeout as pause } from 'node:timers/promises';
import { test } from '@jest/globals';
import { conclude, patientHabits } from './fault-cluster';
import { useFleet } from './use-fleet';

// Edges use the memory of a large frame again once Redis has it. The fleet compares every byte that arrives with what was sent.

const large = {
  messagesPerSecond: 250,
  dataBytes: [10_000, 200_000],
  mix: { stored: 12, live: 3, auth: 0, rotation: 0 },
  // What lies in the buffers of a frozen socket can be read after its expiry, and goes with it if it is live-only.
  shortLivedOneIn: 0,
  departuresPerSecond: 0,
} as const;

const trial = useFleet({ devices: 12, traffic: large, habits: patientHabits });

/** Calls fail, are given up, or are made twice, while much of what they carry still waits in a socket of an edge. */
async function hurtRedis(round: number): Promise<void> {
  const { cluster } = trial;
  switch (round % 4) {
    case 0:
      await cluster.ask('CLIENT', 'PAUSE', '1000', 'ALL');
      return;
    case 1:
      await cluster.ask('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      return;
    case 2:
      await cluster.ask('SCRIPT', 'FLUSH');
      return;
    default:
      cluster.redis.kill('SIGSTOP');
      await pause(1000);
      cluster.redis.kill('SIGCONT');
  }
}

test('large messages arrive as they were sent, whatever becomes of their calls and however slowly they are read', async () => {
  const { fleet } = trial;
  for (let round = 0; round < 8; round += 1) {
    const slow = fleet.devices.filter((_, i) => i % 4 === round % 4);
    for (const device of slow) device.freeze();
    await fleet.progress(120);
    await hurtRedis(round);
    for (const device of slow) device.thaw();
  }
  await fleet.progress(150);
  await conclude('large messages', fleet);
});
