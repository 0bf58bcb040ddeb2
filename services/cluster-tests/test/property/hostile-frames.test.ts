import { afterAll, beforeAll, test } from '@jest/globals';
import { freshHardwareId, TestDevice } from '@openrelay/testing';
import fc from 'fast-check';
import { unpack } from 'msgpackr';
import { packedSubprotocol, packFrame } from '../../src/devices/packed-device';
import { EdgeUnderAttack } from './edge-under-attack';
import { type StrangeFrame, strangeFrame } from './frames-of-strangers';

/** PROPERTY_MS looks for longer. */
const timeMs = Number(process.env.PROPERTY_MS ?? 5000);
const bounded = { interruptAfterTimeLimit: timeMs, markInterruptAsFailure: false, numRuns: 1_000_000 };
const own = freshHardwareId();

let edge: EdgeUnderAttack;

beforeAll(async () => {
  edge = await EdgeUnderAttack.start();
});

afterAll(() => edge.stop());

type Encoding = 'json' | 'msgpack';

function write(stranger: TestDevice, frame: { type: string; payload?: unknown }, encoding: Encoding): void {
  if (encoding === 'json') stranger.sendFrame(frame);
  else stranger.sendBinary(packFrame(frame));
}

function say(stranger: TestDevice, frame: StrangeFrame): void {
  switch (frame.kind) {
    case 'text':
      stranger.sendText(frame.text);
      return;
    case 'binary':
      stranger.sendBinary(frame.bytes);
      return;
    case 'fragments':
      stranger.sendFragments(frame.text, frame.fragmentBytes);
  }
}

async function attack(encoding: Encoding, frames: readonly StrangeFrame[]): Promise<void> {
  const stranger = await TestDevice.connect(
    edge.url,
    encoding === 'json' ? {} : { subprotocol: packedSubprotocol, decode: unpack },
  );
  try {
    for (const frame of frames) say(stranger, frame);
    write(stranger, { type: 'Ping' }, encoding);
    await stranger.next('Pong');
    const unreadable = stranger.frames.find(({ type }) => type === 'unreadable');
    if (unreadable !== undefined)
      throw new Error(`The stranger was handed what it cannot read: ${unreadable.text.slice(0, 2000)}`);
  } finally {
    stranger.terminate();
  }
}

/** Before it has registered, a connection that says anything larger is closed. */
function isSmall(frame: StrangeFrame): boolean {
  return (frame.kind === 'binary' ? frame.bytes.length : Buffer.byteLength(frame.text)) <= 4096;
}

// A stranger registers first, so that most of what it says is looked at closely.
const registration = {
  kind: 'text' as const,
  text: JSON.stringify({ type: 'Register', payload: { hardware_id: own } }),
};
const packedRegistration = {
  kind: 'binary' as const,
  bytes: packFrame({ type: 'Register', payload: { hardware_id: own } }),
};

test.each([
  ['json', registration],
  ['msgpack', packedRegistration],
] as const)(
  'whatever a %s device says in frames, its connection stays usable and nobody else notices',
  async (encoding, first) => {
    const frames = fc.array(strangeFrame(own, edge.residentIds), { minLength: 1, maxLength: 20 });
    const property = fc.asyncProperty(fc.boolean(), frames, async (registers, strange) => {
      await edge.revive();
      await attack(encoding, registers ? [first, ...strange] : strange.filter(isSmall));
      await edge.assertUnharmed();
    });
    await fc.assert(property, bounded);
  },
  timeMs + 60_000,
);
