import { fromBase64, toBase64 } from '../crypto/index';
import { type IdentityRecord, readIdentityRecord, writeIdentityRecord } from '../peers/index';
import { recordBytes } from '../peers/json-record';
import type { Head } from '../sessions/index';

export type Introduction = {
  /** Whom the recipient is to trust. */
  readonly record: IdentityRecord;
  /** 32 bytes, the same to both. */
  readonly secret: Uint8Array;
};

export type Answer = {
  readonly t: 'introduced' | 'declined';
  /** Of the device that was introduced. */
  readonly id: string;
  /** Of a declined one, a sentence. */
  readonly why: string;
};

const secretBytes = 32;
const maxWhy = 200;

export function introductionHead({ record, secret }: Introduction): Head {
  const shown: unknown = JSON.parse(new TextDecoder().decode(writeIdentityRecord(record)));
  return { t: 'introduce', record: shown, secret: toBase64(secret) };
}

/** Nothing when it is none, or the record's proof is wrong. */
export async function readIntroduction(head: Head): Promise<Introduction | undefined> {
  const secret = typeof head.secret === 'string' ? fromBase64(head.secret) : undefined;
  if (head.t !== 'introduce' || secret?.length !== secretBytes) return undefined;
  const bytes = recordIn(head.record);
  const record = bytes && (await readIdentityRecord(bytes));
  return record && { record, secret };
}

/** Its texts alone: to write whatever a peer nests there could exhaust the stack. */
function recordIn(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { v, id, name, signing, agreement, proof } = value as Record<string, unknown>;
  const texts = { id, name, signing, agreement, proof };
  return v === 1 && Object.values(texts).every((text) => typeof text === 'string') ? recordBytes(texts) : undefined;
}

export function readAnswer({ t, id, why }: Head): Answer | undefined {
  if ((t !== 'introduced' && t !== 'declined') || typeof id !== 'string') return undefined;
  return { t, id: id.toUpperCase(), why: typeof why === 'string' ? why.slice(0, maxWhy) : '' };
}
