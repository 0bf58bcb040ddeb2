import { isHardwareId } from '@openrelay/protocol';
import { toBase64 } from '../crypto/index';
import { bytesOfField, recordBytes, recordFields } from './json-record';

/**
 * How its keys came here: by a pairing of both devices' user, by the word of a paired device, or through the Windows app's
 * own pairing, whose key the relay can read.
 */
export type PeerKind = 'paired' | 'introduced' | 'legacy';

/** A device that this one trusts. */
export type Peer = {
  /** 64 hex digits in upper case; 32 of a Windows app that had no better hash. */
  readonly id: string;
  /** As the peer calls itself. */
  readonly name: string;
  /** As this device's user calls it. */
  readonly alias?: string | undefined;
  /** 32 bytes, Ed25519; zeros for `legacy`. */
  readonly signing: Uint8Array;
  /** 32 bytes, X25519; zeros for `legacy`. */
  readonly agreement: Uint8Array;
  /** 64 bytes, of its identity record; without it the device can't be introduced to others. */
  readonly proof?: Uint8Array | undefined;
  /** Unix ms. */
  readonly since: number;
  readonly kind: PeerKind;
  /** The id of the device that introduced it. */
  readonly introducedBy?: string | undefined;
  /** Whether devices that it introduces are trusted without a question. */
  readonly mayIntroduce: boolean;
};

/** The user's own name for it, else what it calls itself. */
export function shownName({ alias, name }: Pick<Peer, 'alias' | 'name'>): string {
  return alias ?? name;
}

/**
 * A device that the user paired may introduce others, unless the user took that right from it: pairing again does not give it
 * back. One that was introduced may not, or whom this device trusts would be for devices to say that its user never met.
 */
export function mayIntroduceOncePaired(former: Peer | undefined): boolean {
  return former?.kind === 'paired' ? former.mayIntroduce : true;
}

export function peerBytes(peer: Peer): Uint8Array {
  const proof = peer.proof && toBase64(peer.proof);
  return recordBytes({ ...peer, signing: toBase64(peer.signing), agreement: toBase64(peer.agreement), proof });
}

/** Nothing when the bytes are no such record. */
export function readPeer(bytes: Uint8Array): Peer | undefined {
  const fields = recordFields(bytes) ?? {};
  const keys = { signing: bytesOfField(fields.signing, 32), agreement: bytesOfField(fields.agreement, 32) };
  const proof = bytesOfField(fields.proof, 64);
  if (keys.signing === undefined || keys.agreement === undefined || !isPeer(fields)) return undefined;
  const { id, name, alias, since, kind, introducedBy, mayIntroduce } = fields;
  const { signing, agreement } = keys;
  return { id, name, alias, signing, agreement, proof, since, kind, introducedBy, mayIntroduce };
}

type StoredPeer = Omit<Peer, 'signing' | 'agreement' | 'proof'>;

function isPeer(fields: Readonly<Record<string, unknown>>): fields is StoredPeer {
  const { id, name, alias = '', since, kind, introducedBy = '', mayIntroduce } = fields;
  const isText = [name, alias, introducedBy].every((field) => typeof field === 'string');
  const isKind = kind === 'paired' || kind === 'introduced' || kind === 'legacy';
  const isId = typeof id === 'string' && isHardwareId(id) && id === id.toUpperCase();
  return isId && isText && isKind && typeof since === 'number' && typeof mayIntroduce === 'boolean';
}
