import { expect, test } from '@jest/globals';
import { Device, MemoryStore } from '@openrelay/client';
import WebSocket from 'ws';
import { ClipBudget } from '../../../src/clipboard/sync/clip-budget';
import { ClipOutlet } from '../../../src/clipboard/sync/clip-outlet';

test('a copy that waited for a connection for two minutes is told as late, and only the newest waits', async () => {
  let nowMs = 1_000_000;
  const late: string[] = [];
  // Nothing listens there: the device stays without a connection.
  const device = await Device.open({
    relayUrl: 'ws://127.0.0.1:1/relay',
    name: 'desk',
    store: new MemoryStore(),
    WebSocket,
  });
  const outlet = new ClipOutlet({
    peerId: 'A'.repeat(64),
    kind: 'sealed',
    device,
    budget: new ClipBudget(() => nowMs),
    now: () => nowMs,
    failed: (error) => late.push(error.message),
    late: () => late.push('late'),
    begun: () => {},
  });
  try {
    for (const text of ['older', 'newest']) {
      outlet.put({ content: { is: 'text', text }, copied: { at: nowMs, from: 'B'.repeat(64) }, sinceMs: nowMs });
    }
    // One turn of the loop puts what could not be sent aside.
    await new Promise((resolve) => setImmediate(resolve));
    nowMs += 121_000;
    outlet.connected();
    await outlet.stop();
    expect(late).toEqual(['late']);
  } finally {
    await outlet.stop();
    await device.close();
  }
});
