import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AuthFrame, fromBase64, type PairingMode, toBase64 } from '../../src/index';
import { type Between, digitsIn, endings, talk, twoSides } from '../pairing-rig';

/** What must arrive as it was said: of each frame, in its order. */
const fieldsOf = {
  AuthRequest: ['public_key', 'challenge'],
  AuthResponse: ['challenge_response', 'challenge'],
  AuthVerify: ['challenge_response'],
  AuthSuccess: ['proof'],
} as const satisfies Record<AuthFrame['type'], readonly string[]>;

const places = Object.entries(fieldsOf).flatMap(([type, fields]) => fields.map((field) => ({ type, field })));

const mode = fc.constantFrom<PairingMode>('code', 'digits');
/** Time-boxed: a run takes some 50 ms. */
const limits = { numRuns: 60, interruptAfterTimeLimit: 4_000, markInterruptAsFailure: false };

function altered(frame: AuthFrame, field: string, at: number, bit: number): AuthFrame {
  const bytes = fromBase64(String(frame.fields[field]))!;
  bytes[at % bytes.length]! ^= 1 << bit;
  return { ...frame, fields: { ...frame.fields, [field]: toBase64(bytes) } };
}

test('one altered bit anywhere in a pairing, and who hears it trusts nobody', async () => {
  const bit = fc.record({ place: fc.constantFrom(...places), at: fc.nat(5_000), bit: fc.nat(7), mode });
  await fc.assert(
    fc.asyncProperty(bit, async ({ place: { type, field }, at, bit: which, mode: by }) => {
      const between: Between = (frame, from) => {
        const isMeant = frame.type === type && (type !== 'AuthSuccess' || from === 'host');
        return [isMeant ? altered(frame, field, at, which) : frame];
      };
      const heard = await talk(await twoSides(by), { between });
      const { joiner, host } = endings(heard);
      const listener = type === 'AuthResponse' || type === 'AuthSuccess' ? joiner : host;
      expect(listener).toMatch(/^(tampered|wrong-code|refused|itself)$/);
      // Before the last word, nobody has anything to keep.
      if (type !== 'AuthSuccess') expect([joiner, host].join()).not.toContain('paired');
    }),
    limits,
  );
});

test('whatever is dropped, repeated or comes late: nobody pairs with another device, nor under other digits', async () => {
  type Fate = 'arrives' | 'arrives twice' | 'is lost' | 'waits for the next';
  const fates = fc.array(fc.constantFrom<Fate>('arrives', 'arrives twice', 'is lost', 'waits for the next'), {
    minLength: 8,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(mode, fates, async (by, plan) => {
      const left = [...plan];
      const late: Record<string, AuthFrame[]> = { joiner: [], host: [] };
      const between: Between = (frame, from) => {
        const before = late[from]!.splice(0);
        switch (left.shift() ?? 'arrives') {
          case 'arrives twice':
            return [frame, ...before, frame];
          case 'is lost':
            return before;
          case 'waits for the next':
            late[from]!.push(frame);
            return before;
          default:
            return [frame, ...before];
        }
      };
      const heard = await talk(await twoSides(by), { between });
      const ends = endings(heard);
      expect(ends.joiner).toMatch(/^(open|refused|tampered|paired with Bob)$/);
      expect(ends.host).toMatch(/^(open|refused|tampered|paired with Ada)$/);
      const digits = [digitsIn(heard.joiner), digitsIn(heard.host)].filter((each) => each !== undefined);
      expect(new Set(digits).size).toBeLessThan(2);
    }),
    limits,
  );
});
