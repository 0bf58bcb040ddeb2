import fc from 'fast-check';
import { type DeviceMessage, decodeJsonFrame, decodeMessagePackFrame, errorCodes, type Refusal } from '../../src/index';
import { packr } from '../../src/packr';
import { samplePayloads, sampleTypes } from '../sample-messages';

/** A property runs this long at the most; fast-check prints the seed of what fails. */
export const bounded = { numRuns: 2000, interruptAfterTimeLimit: 4000, markInterruptAsFailure: false };

/** What must hold of whatever a decoder answers. @throws Error saying what does not */
function checkAnswer(decoded: DeviceMessage | Refusal): void {
  if (decoded.type === 'Ping') return;
  if (decoded.type !== 'refused') {
    if (!sampleTypes.includes(decoded.type)) throw new Error(`an unknown message type ${String(decoded.type)}`);
    return;
  }
  const { code, text } = decoded;
  if (code !== 400 || !errorCodes.includes(code) || text === '') throw new Error(`refused with ${code} ${text}`);
}

export function checkText(text: string): void {
  checkAnswer(decodeJsonFrame(text));
}

export function checkBytes(bytes: Uint8Array): void {
  checkAnswer(decodeMessagePackFrame(bytes));
}

/** Values near to what fields hold. */
const fieldValue = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(...Object.values(samplePayloads).flatMap((payload) => Object.values<unknown>(payload))),
);

/** Frames of known types, most of them valid, some with a field missing, changed or added. */
export const nearlyValidFrame = fc
  .record({
    type: fc.constantFrom(...sampleTypes),
    changes: fc.dictionary(fc.oneof(fc.string(), fc.constantFrom(...fieldNames())), fieldValue, { maxKeys: 2 }),
    without: fc.option(fc.constantFrom(...fieldNames()), { freq: 3 }),
  })
  .map(({ type, changes, without }) => {
    const members = Object.entries({ ...samplePayloads[type], ...changes });
    return { type, payload: Object.fromEntries(members.filter(([name]) => name !== without)) };
  });

function fieldNames(): string[] {
  return [...new Set(Object.values(samplePayloads).flatMap((payload) => Object.keys(payload)))];
}

export const packedFrame = nearlyValidFrame.map((frame) => Uint8Array.from(packr.pack(frame)));
