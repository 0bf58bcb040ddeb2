import { randomUUID } from 'node:crypto';
import { freshHardwareId } from '@openrelay/testing';
import fc from 'fast-check';
import { packFrame } from '../../src/devices/packed-device';

/** What a stranger says on a WebSocket: whatever it is, as long as WebSockets are spoken well, the connection must bear it. */
export type StrangeFrame =
  | { kind: 'text'; text: string }
  | { kind: 'binary'; bytes: Uint8Array }
  | { kind: 'fragments'; text: string; fragmentBytes: number };

type Frame = { type: string; payload?: Record<string, unknown> };

/** What the attacked edge takes. */
export const largestFrameBytes = 64 * 1024;

const base64 = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((all) => Buffer.from(all).toString('base64'));

const anyId = (own: string, residents: readonly string[]) =>
  fc.constantFrom(own, own.toLowerCase(), freshHardwareId(), ...residents);

/** Valid frames of all types, under the stranger's own id, to anybody. */
function validFrame(own: string, residents: readonly string[]): fc.Arbitrary<Frame> {
  const recipient_id = anyId(own, residents);
  const hardware_id = fc.constant(own);
  const text = fc.string({ unit: 'binary', maxLength: 50 });
  const shown = {
    public_key: fc.oneof(base64(32), base64(65)),
    succession: base64(64),
    presence: fc.constantFrom('hidden', 'shown'),
  };
  const accept = fc.constantFrom('anyone', 'listed', 'nobody');
  const tags = fc.array(
    fc.uuid().map((id) => id.replaceAll('-', '')),
    { maxLength: 20 },
  );
  const payloads: Record<string, fc.Arbitrary<Record<string, unknown>>> = {
    Register: fc.record({ hardware_id, acks: fc.boolean(), ...shown }, { requiredKeys: ['hardware_id'] }),
    Prove: fc.record({ signature: base64(64) }),
    Contacts: fc.record({ accept, add: tags, remove: tags, replace: tags }, { requiredKeys: ['accept'] }),
    Send: fc.record({
      recipient_id,
      sender_id: hardware_id,
      encrypted_data: fc.oneof(fc.base64String({ maxLength: 400 }), text),
      message_id: fc.uuid(),
      timestamp: fc.maxSafeNat(),
      ttl: fc.oneof(fc.nat(100), fc.maxSafeNat(), fc.integer()),
      signature: fc.option(text),
      hardware_id,
      content_type: fc.constantFrom('Text', 'Image', 'KeyPackage', 'Other', 'None'),
      size_bytes: fc.maxSafeNat(),
    }),
    Ack: fc.record({ message_id: fc.oneof(fc.uuid(), fc.constant(randomUUID())) }),
    AuthRequest: fc.record({ recipient_id, public_key: text, challenge: text, hardware_id }),
    AuthResponse: fc.record({ recipient_id, challenge_response: text, challenge: text, hardware_id }),
    AuthVerify: fc.record({ recipient_id, challenge_response: text, hardware_id }),
    AuthSuccess: fc.record({ recipient_id, trusted: fc.boolean(), hardware_id }),
    KeyRotationUpdate: fc.record({ recipient_id, encrypted_key_package: text, key_id: fc.maxSafeNat(), hardware_id }),
    KeyRotationAck: fc.record({ recipient_id, key_id: fc.maxSafeNat(), success: fc.boolean(), hardware_id }),
    Status: fc.record({ hardware_id, status: fc.constantFrom('Online', 'Away', 'Offline', 'Gone') }),
  };
  const whole = Object.entries(payloads).map(([type, payload]) => payload.map((one) => ({ type, payload: one })));
  return fc.oneof(...whole, fc.constantFrom<Frame>({ type: 'Ping' }, { type: 'Pong' }));
}

/** One thing about a frame made wrong, or nothing. */
function mutated(frame: Frame): fc.Arbitrary<unknown> {
  const payload = frame.payload ?? {};
  const names = Object.keys(payload);
  const field = names.length === 0 ? fc.string() : fc.constantFrom(...names);
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(frame) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(field, strangeValue)
        .map(([name, value]) => ({ ...frame, payload: { ...payload, [name]: value } })),
    },
    field.map((name) => ({ ...frame, payload: { ...payload, [name]: undefined } })),
    fc
      .dictionary(strangeName, strangeValue, { maxKeys: 5 })
      .map((extra) => ({ ...frame, payload: { ...extra, ...payload } })),
    fc.dictionary(strangeName, strangeValue, { maxKeys: 5 }).map((extra) => ({ ...extra, ...frame })),
    strangeValue.map((value) => ({ ...frame, payload: value })),
    strangeValue.map((value) => ({ ...frame, type: value })),
  );
}

const strangeName = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'type',
    'payload',
    'hardware_id',
    'device_id',
    'message_id',
    '',
  ),
  fc.string({ unit: 'binary' }),
);

const strangeValue = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom<unknown>(
    -1,
    2 ** 53,
    1e308,
    -0,
    1.5,
    '',
    '\0',
    '\u2028',
    '\ud800',
    'A'.repeat(64),
    'a'.repeat(32),
    'A'.repeat(20_000),
  ),
);

/** JSON texts with one thing wrong in how they are written. */
function miswritten(text: string): fc.Arbitrary<string> {
  const place = fc.nat(Math.max(0, text.length - 1));
  const noise = fc.oneof(
    fc.constantFrom('"', '\\', '{', '}', '[', ',', ':', '\\u00', '\\ud800', '0', 'e', ' ', '\0', '\ufeff', '💥'),
    fc.string(),
  );
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(text) },
    place.map((at) => text.slice(0, at)),
    place.map((at) => text.slice(at)),
    fc.tuple(place, noise).map(([at, what]) => text.slice(0, at) + what + text.slice(at)),
    fc.tuple(place, noise).map(([at, what]) => text.slice(0, at) + what + text.slice(at + 1)),
    fc.constantFrom(
      text + text,
      ` \n\t${text}\r\n`,
      `[${text}]`,
      text.replaceAll('"', "'"),
      text.replaceAll(/[a-z]/g, escaped),
    ),
    fc.bigInt({ min: 0n, max: 2n ** 70n }).map((number) => text.replace(/\d{3,}/, String(number))),
  );
}

function escaped(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Up to what fits into a frame. */
const lengthOf = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 60_000 }));

const nested = fc
  .tuple(fc.constantFrom('[', '{"a":', '{"type":"Send","payload":', '[[],'), lengthOf)
  .map(([opening, length]) => opening.repeat(Math.ceil(length / opening.length)));

function strangeText(own: string, residents: readonly string[]): fc.Arbitrary<string> {
  return fc
    .oneof(
      {
        weight: 6,
        arbitrary: validFrame(own, residents)
          .chain(mutated)
          .map((frame) => JSON.stringify(frame))
          .chain(miswritten),
      },
      { weight: 1, arbitrary: fc.json() },
      { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
      { weight: 1, arbitrary: nested },
    )
    .filter((text) => Buffer.byteLength(text) <= largestFrameBytes); // a larger one closes the connection, rightly
}

function strangeBytes(own: string, residents: readonly string[]): fc.Arbitrary<Uint8Array> {
  const packed = validFrame(own, residents)
    .chain(mutated)
    .map((frame) => Uint8Array.from(packFrame(frame as Frame)));
  const deep = fc
    .tuple(fc.constantFrom([0x91], [0x81, 0xa1, 0x61], [0xdd, 0, 0, 0, 1], [0xdf, 0, 0, 0, 1, 0xc0]), lengthOf)
    .map(([opening, length]) => Uint8Array.from({ length }, (_, i) => opening[i % opening.length]!));
  const immense = fc
    .tuple(fc.constantFrom(0xdd, 0xdf, 0xdb, 0xc6, 0xc9), fc.uint8Array({ minLength: 4, maxLength: 12 }))
    .map(([head, rest]) => Uint8Array.from([head, 0xff, ...rest]));
  return fc
    .oneof(
      { weight: 4, arbitrary: packed },
      { weight: 4, arbitrary: packed.chain(corrupted) },
      fc.uint8Array(),
      deep,
      immense,
    )
    .filter(({ length }) => length <= largestFrameBytes);
}

function corrupted(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.nat(Math.max(0, bytes.length - 1));
  return fc.oneof(
    place.map((at) => bytes.slice(0, at)),
    fc.tuple(place, fc.nat(255)).map(([at, value]) => bytes.map((byte, i) => (i === at ? value : byte))),
    fc
      .tuple(place, fc.uint8Array())
      .map(([at, some]) => Uint8Array.from([...bytes.slice(0, at), ...some, ...bytes.slice(at)])),
  );
}

export function strangeFrame(own: string, residents: readonly string[]): fc.Arbitrary<StrangeFrame> {
  const texts = strangeText(own, residents);
  const fragments = fc.tuple(texts, fc.integer({ min: 1, max: 200 })).map(([text, size]): StrangeFrame => {
    return { kind: 'fragments', text, fragmentBytes: Math.max(size, Math.ceil(text.length / 100)) };
  });
  return fc.oneof(
    { weight: 6, arbitrary: texts.map((text): StrangeFrame => ({ kind: 'text', text })) },
    { weight: 4, arbitrary: strangeBytes(own, residents).map((bytes): StrangeFrame => ({ kind: 'binary', bytes })) },
    { weight: 1, arbitrary: fragments },
  );
}
