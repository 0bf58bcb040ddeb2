import { describe, test } from '@jest/globals';
import fc from 'fast-check';
import { packr } from '../../src/packr';
import { bounded, checkBytes, packedFrame } from './any-frame';

const anyBytes = fc.uint8Array({ maxLength: 200 });

describe('a MessagePack frame is a message or is refused with 400, and never throws', () => {
  test('whatever bytes it is', () => {
    fc.assert(fc.property(anyBytes, checkBytes), bounded);
  });

  test('whatever it holds', () => {
    const value = fc.anything({ withBigInt: false, withTypedArray: true, maxDepth: 3 });
    fc.assert(
      fc.property(fc.record({ type: value, payload: value }), (frame) => {
        fc.pre(canPack(frame));
        checkBytes(packr.pack(frame));
      }),
      { ...bounded, maxSkipsPerRun: 1000 },
    );
  });

  test('when it is nearly valid', () => {
    fc.assert(fc.property(packedFrame, checkBytes), bounded);
  });

  test('when bytes of a valid one are overwritten', () => {
    fc.assert(
      fc.property(packedFrame, fc.nat(400), anyBytes, (valid, at, bytes) => {
        const mutated = Uint8Array.from(valid);
        mutated.set(bytes.subarray(0, Math.max(0, mutated.length - at)), Math.min(at, mutated.length));
        checkBytes(mutated);
      }),
      bounded,
    );
  });

  test('when bytes are put into a valid one, or taken out', () => {
    fc.assert(
      fc.property(packedFrame, fc.nat(400), fc.nat(9), anyBytes, (valid, at, length, bytes) => {
        checkBytes(Uint8Array.from([...valid.subarray(0, at), ...bytes, ...valid.subarray(at + length)]));
      }),
      bounded,
    );
  });

  test('when it is cut off anywhere', () => {
    fc.assert(
      fc.property(packedFrame, fc.nat(600), (valid, end) => checkBytes(valid.subarray(0, end))),
      bounded,
    );
  });
});

function canPack(value: unknown): boolean {
  try {
    packr.pack(value);
    return true;
  } catch {
    return false;
  }
}
