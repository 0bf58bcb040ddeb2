/** What a device does with a refused message. */
export type Remedy = 'nothing' | 'register' | 'prove' | 'correct' | 'later' | 'same id';

/** Every meaning that an `Error` has. The code is the contract, the wording is not; several meanings may share a code. */
export const errorTable = {
  waits: {
    code: 202,
    when: 'a key rotation message waits in a queue, since its recipient cannot take it now (not a failure)',
    remedy: 'nothing',
  },
  malformed: {
    code: 400,
    when: 'not JSON / MessagePack, an unknown type, a missing or ill-typed field, an id that is no hash',
    remedy: 'correct',
  },
  unproven: {
    code: 401,
    when: 'the id is bound to a key, or must be, and the proof of it is missing, wrong or too late',
    remedy: 'prove',
  },
  unregistered: { code: 403, when: 'the connection has not registered yet', remedy: 'register' },
  foreignId: { code: 403, when: 'the claimed id is not the registered one', remedy: 'correct' },
  absent: {
    code: 404,
    when: 'the recipient is not connected, and the message is live-only',
    remedy: 'later',
  },
  tooLarge: {
    code: 413,
    when: 'larger than the points of a whole minute, a whole queue, or a whole list of contacts can ever be',
    remedy: 'correct',
  },
  usedUp: { code: 429, when: 'the request limit or the points limit of this minute is used up', remedy: 'later' },
  tooMany: { code: 429, when: 'too many control or refused frames in a minute', remedy: 'later' },
  tooOften: { code: 429, when: 'the id was registered too often in this minute', remedy: 'later' },
  unavailable: {
    code: 503,
    when: 'the relay cannot take it now (Redis unreachable, or short of room): nothing was stored',
    remedy: 'later',
  },
  unknown: {
    code: 503,
    when: "Redis or the recipient's node did not answer in time: it may have been stored or handed over",
    remedy: 'same id',
  },
  unconfirmed: { code: 503, when: 'stored, but not on enough replicas yet', remedy: 'same id' },
  busy: {
    code: 503,
    when: 'the message is live-only, and its recipient is connected and takes nothing just now',
    remedy: 'later',
  },
  full: { code: 507, when: "the recipient's queue takes no more, from anybody or from this sender", remedy: 'later' },
  bandwidth: { code: 509, when: "the month's bandwidth is used up", remedy: 'later' },
} as const satisfies Record<string, { code: number; when: string; remedy: Remedy }>;

export type ErrorMeaning = keyof typeof errorTable;

export type ErrorCode = (typeof errorTable)[ErrorMeaning]['code'];

/** Each once, ascending. */
export const errorCodes: readonly ErrorCode[] = [...new Set(Object.values(errorTable).map(({ code }) => code))];
