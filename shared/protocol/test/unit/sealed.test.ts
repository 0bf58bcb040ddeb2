import { format, inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { decodeJsonFrame, Sealed } from '../../src/index';
import { samplePayloads } from '../sample-messages';

const secret = 's3cret';
const asText = new Sealed('json', secret);
const asBytes = new Sealed('msgpack', Buffer.from(secret));

describe.each([asText, asBytes])('a sealed frame', (sealed) => {
  test('prints as its size, whatever prints it', () => {
    const printed = '[sealed 6 bytes]';
    expect(String(sealed)).toBe(printed);
    // oxlint-disable-next-line typescript/restrict-template-expressions -- it is what may happen in a log line
    expect(`frame ${sealed}`).toBe(`frame ${printed}`);
    expect(JSON.stringify(sealed)).toBe(`"${printed}"`);
    expect(inspect(sealed)).toBe(printed);
  });

  test('prints as its size inside of other values and in every way of node to format', () => {
    const wrapped = { message: { forward: sealed, list: [sealed] } };
    const shown = [
      inspect(wrapped, { depth: 9, showHidden: true }),
      JSON.stringify(wrapped),
      format('%s %o %O %j', sealed, sealed, sealed, sealed),
    ];
    for (const text of [...shown, inspect(new Error('e', { cause: wrapped }), { depth: 9 })]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain('73 33 63');
      expect(text).toContain('[sealed 6 bytes]');
    }
  });
});

test('the size it prints is that of its bytes', () => {
  expect(String(new Sealed('json', 'é😀'))).toBe('[sealed 6 bytes]');
});

test('a decoded message shows who and how much, and nothing of what', () => {
  const payload = { ...samplePayloads.Send, encrypted_data: secret, note: secret };
  const message = decodeJsonFrame(JSON.stringify({ type: 'Send', payload }));
  expect(inspect(message) + JSON.stringify(message)).not.toContain(secret);
});
