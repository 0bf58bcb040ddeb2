import { bytesOfBase64 } from './base64';
import { isHardwareId } from './identity';
import { maxContacts } from './limits';

/** A field's check, and the words that tell a device's author what is wanted. */
type FieldRule = { wants: string; accepts: (value: unknown) => boolean };

type FieldRules = Readonly<Record<string, FieldRule>>;

const maxUnsigned64 = 2n ** 64n - 1n;
const dashedUuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const uuidForm = new RegExp(`^(?:[0-9a-f]{32}|(?:urn:uuid:)?${dashedUuid}|\\{${dashedUuid}\\})$`, 'i');
const contentTypes: readonly unknown[] = ['Text', 'Image', 'KeyPackage', 'Other'];
const presences: readonly unknown[] = ['Online', 'Away', 'Offline'];

export function isUuid(text: string): boolean {
  return uuidForm.test(text);
}

export function isContentType(text: unknown): boolean {
  return contentTypes.includes(text);
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isWhole = (value: unknown): boolean => Number.isInteger(value) || typeof value === 'bigint';
const isCount = (value: unknown): boolean => isWhole(value) && (value as number | bigint) >= 0;

const hash: FieldRule = {
  wants: 'a SHA-256 or MD5 hash (64 or 32 hex digits)',
  accepts: (value) => typeof value === 'string' && isHardwareId(value),
};
const uuid: FieldRule = { wants: 'a UUID', accepts: (value) => typeof value === 'string' && isUuid(value) };
const whole: FieldRule = { wants: 'a whole number', accepts: isWhole };
const count: FieldRule = { wants: 'a whole number, 0 or more', accepts: isCount };
const flag: FieldRule = { wants: 'true or false', accepts: (value) => typeof value === 'boolean' };
const sealed: FieldRule = {
  wants: 'base64 text (or bytes in MessagePack)',
  accepts: (value) => isText(value) || value instanceof Uint8Array,
};
/** `wideComplaint` checks its range. */
const unsigned64: FieldRule = { wants: 'an unsigned 64-bit whole number', accepts: isCount };
const orAbsent = (rule: FieldRule): FieldRule => ({
  wants: `${rule.wants}, null or absent`,
  accepts: (value) => value === undefined || value === null || rule.accepts(value),
});

const keyBytes = { ed25519: 32, p256: 65 };
const signatureBytes = 64;
/** The first byte of an uncompressed point. */
const uncompressed = 4;
/** Of the longest of these, a P-256 key. What is longer is not looked at. */
const mostBase64 = 88;

/** What a field of bytes holds: base64 text, or bytes in MessagePack. */
export function bytesIn(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  return typeof value === 'string' && value.length <= mostBase64 ? bytesOfBase64(value) : undefined;
}

function isPublicKey(bytes: Uint8Array | undefined): boolean {
  return bytes?.length === keyBytes.ed25519 || (bytes?.length === keyBytes.p256 && bytes[0] === uncompressed);
}

const publicKey: FieldRule = {
  wants: 'base64 of an Ed25519 key (32 bytes) or of an uncompressed P-256 key (65 bytes)',
  accepts: (value) => isPublicKey(bytesIn(value)),
};
const signed: FieldRule = {
  wants: `base64 of a signature (${signatureBytes} bytes)`,
  accepts: (value) => bytesIn(value)?.length === signatureBytes,
};
const acceptances: readonly unknown[] = ['anyone', 'listed'];
const tagForm = /^[0-9a-f]{32}$/i;
const tags: FieldRule = {
  wants: `a list of at most ${maxContacts} tags (32 hex digits)`,
  accepts: (value) =>
    Array.isArray(value) &&
    value.length <= maxContacts &&
    value.every((tag) => typeof tag === 'string' && tagForm.test(tag)),
};

/** Which fields each message must have (RESPONSES.md: Messages). The relay does not read fields that are not listed. */
const messageFields = {
  Register: {
    hardware_id: hash,
    acks: orAbsent(flag),
    public_key: orAbsent(publicKey),
    succession: orAbsent(signed),
    presence: orAbsent({ wants: '"hidden"', accepts: (value) => value === 'hidden' }),
  },
  Prove: { signature: signed },
  Contacts: {
    accept: { wants: 'one of anyone, listed', accepts: (value) => acceptances.includes(value) },
    add: orAbsent(tags),
    remove: orAbsent(tags),
    replace: orAbsent(tags),
  },
  Send: {
    hardware_id: hash,
    sender_id: hash,
    recipient_id: hash,
    message_id: uuid,
    encrypted_data: sealed,
    timestamp: whole,
    ttl: count,
    signature: orAbsent(sealed),
    content_type: { wants: 'one of Text, Image, KeyPackage, Other', accepts: isContentType },
    size_bytes: count,
  },
  Ack: { message_id: uuid },
  AuthRequest: { hardware_id: hash, recipient_id: hash, public_key: sealed, challenge: sealed },
  AuthResponse: { hardware_id: hash, recipient_id: hash, challenge_response: sealed, challenge: sealed },
  AuthVerify: { hardware_id: hash, recipient_id: hash, challenge_response: sealed },
  AuthSuccess: { hardware_id: hash, recipient_id: hash, trusted: flag },
  KeyRotationUpdate: { hardware_id: hash, recipient_id: hash, encrypted_key_package: sealed, key_id: unsigned64 },
  KeyRotationAck: { hardware_id: hash, recipient_id: hash, key_id: unsigned64, success: flag },
  Status: {
    hardware_id: hash,
    status: { wants: 'one of Online, Away, Offline', accepts: (value) => presences.includes(value) },
  },
} as const satisfies Record<string, FieldRules>;

export type FieldedType = keyof typeof messageFields;

/** The field rules as a list, made once: walking an object's entries for each frame costs more than the checks. */
const rulesByType = new Map(
  Object.entries(messageFields).map(([type, rules]) => [type, Object.entries(rules) as [string, FieldRule][]]),
);

/** The fields of each message that have this very rule. */
function namesWith(wanted: FieldRule): Map<string, string[]> {
  return new Map(
    [...rulesByType].map(([type, rules]) => [type, rules.filter(([, rule]) => rule === wanted).map(([name]) => name)]),
  );
}

const forwardedTypes = new Set(
  Object.entries(messageFields).flatMap(([type, rules]) => ('recipient_id' in rules ? type : [])),
);

/** Whether a message goes to another device: it names its recipient. */
export function isForwarded(type: FieldedType): boolean {
  return forwardedTypes.has(type);
}

const wideNames = namesWith(unsigned64);
const sealedNames = namesWith(sealed);

/** The fields that a message is charged for; of a `Send` this is `encrypted_data` alone. */
export function chargedNames(type: FieldedType): readonly string[] {
  return sealedNames.get(type)!;
}

/** The first complaint about a payload, or undefined when all fields are as they must be. */
export function firstComplaint(type: FieldedType, payload: Record<string, unknown>): string | undefined {
  for (const [name, rule] of rulesByType.get(type)!) {
    const value = payload[name];
    if (rule.accepts(value)) continue;
    return complaint(`${type}.${name}`, value === undefined ? 'is missing' : 'is not what it must be', rule);
  }
  return undefined;
}

/**
 * The first complaint about 64-bit numbers. A parser rounds them beyond 2^53, so this reads their digits.
 * @param digitsOf a field as it was written
 */
export function wideComplaint(
  type: FieldedType,
  payload: Record<string, unknown>,
  digitsOf: (name: string) => string,
): string | undefined {
  const wrong = wideNames
    .get(type)!
    .find((name) => !Number.isSafeInteger(payload[name]) && !isUnsigned64(digitsOf(name)));
  return wrong && complaint(`${type}.${wrong}`, 'is not what it must be', unsigned64);
}

function isUnsigned64(digits: string): boolean {
  return /^\d{1,20}$/.test(digits) && BigInt(digits) <= maxUnsigned64;
}

function complaint(field: string, problem: string, { wants }: FieldRule): string {
  return `${field} ${problem}: it must be ${wants}.`;
}

export function isFieldedType(type: unknown): type is FieldedType {
  return typeof type === 'string' && rulesByType.has(type);
}
