import { concat, nulJoined, sha256, uint32 } from '../../crypto/index';

/** All that two devices say to each other before they trust, decoded. */
export type Transcript = {
  readonly joinerShare: Uint8Array;
  /** SHA-256 of what the joiner shows only after the host has answered. */
  readonly commitment: Uint8Array;
  readonly hostShare: Uint8Array;
  readonly hostNonce: Uint8Array;
  readonly hostRecord: Uint8Array;
  readonly hostEphemeral: Uint8Array;
  readonly joinerNonce: Uint8Array;
  readonly joinerRecord: Uint8Array;
  readonly joinerEphemeral: Uint8Array;
};

/** What the joiner is bound to before it knows the host's nonce, and shows after the host is bound to that. */
export function commitmentOf(nonce: Uint8Array, record: Uint8Array, ephemeral: Uint8Array): Uint8Array {
  return sha256(concat(nulJoined('openrelay-commitment-v1', ''), nonce, record, ephemeral));
}

/** Each field with its length in front (u32), in the order in which they were said. */
export function transcriptBytes(transcript: Transcript): Uint8Array {
  const said = [
    transcript.joinerShare,
    transcript.commitment,
    transcript.hostShare,
    transcript.hostNonce,
    transcript.hostRecord,
    transcript.hostEphemeral,
    transcript.joinerNonce,
    transcript.joinerRecord,
    transcript.joinerEphemeral,
  ];
  return concat(...said.flatMap((field) => [uint32(field.length), field]));
}

/** Six digits, as `123 456`: both sides show the same, or somebody is between them. */
export function digitsOf(transcript: Uint8Array): string {
  const hash = sha256(concat(nulJoined('openrelay-digits-v1', ''), transcript));
  const value = new DataView(hash.buffer, hash.byteOffset).getBigUint64(0) % 1_000_000n;
  return `${value}`.padStart(6, '0').replace(/^.../, '$& ');
}
