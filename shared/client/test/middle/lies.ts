import { fromBase64, toBase64 } from '../../src/index';
import type { Frame, Leg, Lie, Passing, Payload } from './relay-in-the-middle';

/** Which frames a lie is about. */
export type About = { readonly type: string; readonly way: 'up' | 'down'; readonly id?: string | undefined };

/** @param lie called for those frames alone */
export function about(
  { type, way, id }: About,
  lie: (passing: Passing, leg: Leg) => readonly Frame[] | undefined,
): Lie {
  return (passing, leg) => {
    const isMeant = passing.type === type && passing.way === way && (id === undefined || passing.id === id);
    return isMeant ? lie(passing, leg) : undefined;
  };
}

/** Tells the truth after so many. */
export function times(count: number, lie: (passing: Passing, leg: Leg) => readonly Frame[]): Lie {
  let told = 0;
  return (passing, leg) => {
    told += 1;
    return told <= count ? lie(passing, leg) : undefined;
  };
}

export function withField(frame: Frame, field: string, value: unknown): Frame {
  return { ...frame, payload: { ...frame.payload, [field]: value } };
}

/** One bit of one byte. @param at counted from the end when it is negative */
export function altered(frame: Frame, field: string, at: number): Frame {
  const value = frame.payload[field];
  const bytes = Uint8Array.from(value instanceof Uint8Array ? value : fromBase64(String(value))!);
  bytes[(at + bytes.length) % bytes.length]! ^= 1;
  return withField(frame, field, value instanceof Uint8Array ? bytes : toBase64(bytes));
}

/** What a relay answers to a `Send`, whether or not it keeps it. */
function falseAck({ message_id }: Payload): Frame {
  return { type: 'Ack', payload: { message_id, status: 'queued', expires_at: Date.now() + 1_000_000 } };
}

/** Says that it is kept, and keeps it not. */
export const ackedAndDropped = (passing: Passing, leg: Leg): readonly Frame[] => {
  leg.toDevice(falseAck(passing.payload));
  return [];
};

const kinds = ['notice', 'message', 'transfer', 'introduction', 'control'] as const;

/** What a relay sees of a sealed message, which bears its kind in clear. */
export function isOfKind(kind: (typeof kinds)[number], { payload }: Frame): boolean {
  const { encrypted_data: data } = payload;
  const bytes = data instanceof Uint8Array ? data : fromBase64(String(data));
  return bytes?.[1] === kinds.indexOf(kind);
}
