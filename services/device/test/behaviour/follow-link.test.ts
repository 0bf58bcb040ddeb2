import { expect, test } from '@jest/globals';
import { Device, MemoryStore } from '@openrelay/client';
import { eventually } from '@openrelay/testing';
import WebSocket from 'ws';
import { followLink } from '../../src/work/follow-link';
import type { Told } from '../../src/work/talk';

test('a relay that can’t be reached is told of once, however often it is tried', async () => {
  const told: Told[] = [];
  let tries = 0;
  // Nothing listens there.
  const relayUrl = 'ws://127.0.0.1:1/relay';
  const device = await Device.open({ relayUrl, name: 'desk', store: new MemoryStore(), WebSocket });
  const stop = followLink(device, { tell: (event) => void told.push(event) });
  device.on('link', ({ is }) => {
    if (is === 'waiting') tries += 1;
  });
  try {
    await eventually(() => expect(tries).toBeGreaterThanOrEqual(2), { timeoutMs: 20_000 });
    expect(told).toEqual([{ event: 'link', is: 'waiting', sentence: expect.stringContaining('It is tried again.') }]);
  } finally {
    stop();
    await device.close();
  }
});
