import { describe, test } from '@jest/globals';
import fc from 'fast-check';
import { bounded, checkText, nearlyValidFrame } from './any-frame';

const textOf = (frame: fc.Arbitrary<unknown>) => frame.map((value) => JSON.stringify(value));
const anyText = fc.string({ unit: 'binary', maxLength: 300 });

describe('a JSON frame is a message or is refused with 400, and never throws', () => {
  test('whatever text it is', () => {
    fc.assert(fc.property(anyText, checkText), bounded);
  });

  test('whatever JSON it is', () => {
    fc.assert(fc.property(fc.json({ stringUnit: 'binary' }), checkText), bounded);
  });

  test('whatever is in its type and payload', () => {
    const frame = fc.record({ type: fc.jsonValue(), payload: fc.jsonValue() }, { requiredKeys: [] });
    fc.assert(fc.property(textOf(frame), checkText), bounded);
  });

  test('when it is nearly valid', () => {
    fc.assert(fc.property(textOf(nearlyValidFrame), checkText), bounded);
  });

  test('when a piece of a valid one is replaced by anything', () => {
    const mutation = fc.record({ frame: nearlyValidFrame, at: fc.nat(400), length: fc.nat(20), text: anyText });
    fc.assert(
      fc.property(mutation, ({ frame, at, length, text }) => {
        const valid = JSON.stringify(frame);
        checkText(valid.slice(0, at) + text + valid.slice(at + length));
      }),
      bounded,
    );
  });

  test('when it is cut off anywhere', () => {
    fc.assert(
      fc.property(nearlyValidFrame, fc.nat(600), (frame, end) => checkText(JSON.stringify(frame).slice(0, end))),
      bounded,
    );
  });
});
