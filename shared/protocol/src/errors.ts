/** What a device does with a refused message: nothing, mend it first, or send it again later. */
export type Retry = 'no' | 'mended' | 'later';

/** Every error code the relay sends; the code is the contract, the wording is not. */
export const errorTable = {
  202: { when: 'a key rotation message was queued, its recipient being offline (not a failure)', retry: 'no' },
  400: {
    when: 'not JSON / MessagePack, an unknown type, a missing or ill-typed field, an id that is no hash',
    retry: 'mended',
  },
  403: { when: 'not registered yet; the claimed id is not the registered one', retry: 'mended' },
  404: { when: 'the recipient is not connected and the message asks for no queueing', retry: 'later' },
  413: { when: "larger than a device's whole allowance can ever admit", retry: 'mended' },
  429: {
    when: 'the request limit or the points limit of this minute is used up; too many control frames',
    retry: 'later',
  },
  503: {
    when: 'the relay cannot take it now (Redis unreachable or out of memory, draining): nothing was stored, try again',
    retry: 'later',
  },
  507: { when: "the recipient's queue is full", retry: 'later' },
  509: { when: "the month's bandwidth is used up", retry: 'later' },
} as const satisfies Record<number, { when: string; retry: Retry }>;

export type ErrorCode = keyof typeof errorTable;

export const errorCodes = Object.keys(errorTable).map(Number) as ErrorCode[];
