import { expect, test } from '@jest/globals';
import { EventText } from '../../dashboard/stream/event-text';

const stream = ': hello\n\nevent: cluster\ndata: {"a":1}\n\n: heartbeat\n\nevent: away\ndata: {"error":"é"}\n\n';

test('events are found in whatever pieces they come', () => {
  for (let size = 1; size <= stream.length; size++) {
    const events = new EventText();
    const found = [];
    for (let at = 0; at < stream.length; at += size) found.push(...events.take(stream.slice(at, at + size)));
    expect(found).toEqual([
      { name: 'cluster', data: '{"a":1}' },
      { name: 'away', data: '{"error":"é"}' },
    ]);
  }
});

test('an event that never ends is given up', () => {
  const events = new EventText();
  const piece = 'x'.repeat(1_000_000);
  expect(() => {
    for (let i = 0; i < 10; i++) events.take(piece);
  }).toThrow('does not end');
});
