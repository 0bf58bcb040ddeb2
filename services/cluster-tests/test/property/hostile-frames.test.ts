import { afterAll, beforeAll, test } from '@jest/globals';
import { freshHardwareId, TestDevice } from '@openrelay/testing';
import fc from 'fast-check';
import { packedSubprotocol, packFrame } from '../../src/packed-device';
import { EdgeUnderAttack } from './edge-under-attack';
import { type StrangeFrame, strangeFrame } from './frames-of-strangers';

const bounded = { interruptAfterTimeLimit: 8000, markInterruptAsFailure: false, numRuns: 100_000 };
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
      return;
    case 'broken text':
      stranger.sendRaw(frame.bytes);
  }
}
