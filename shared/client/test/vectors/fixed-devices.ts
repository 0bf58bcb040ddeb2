import { agreementKeyOf, type Identity, type RandomBytes, sha256, signingKeyOf, toHex, utf8 } from '../../src/index';

/** Bytes that anybody can make again: a SHA-256 of a name, cut or joined to the length. */
export function fixedBytes(name: string, length = 32): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, block) => [...sha256(utf8(`${name} ${block}`))]);
  return Uint8Array.from(blocks.flat().slice(0, length));
}

/** Gives these, in this order, and nothing else. */
export function randomOf(...values: readonly Uint8Array[]): RandomBytes {
  const left = [...values];
  return (bytes) => {
    const next = left.shift();
    if (next?.length !== bytes) throw new Error(`${bytes} random bytes are wanted, and ${next?.length} come next.`);
    return Uint8Array.from(next);
  };
}

export async function fixedDevice(name: string): Promise<{ identity: Identity; told: object }> {
  const [signing, agreement] = [fixedBytes(`${name}'s signing key`), fixedBytes(`${name}'s agreement key`)];
  const id = toHex(fixedBytes(`${name}'s id`)).toUpperCase();
  const identity = { id, name, signing: await signingKeyOf(signing), agreement: await agreementKeyOf(agreement) };
  const told = {
    id,
    name,
    signing_seed: toHex(signing),
    signing_public: toHex(identity.signing.publicKey),
    agreement_secret: toHex(agreement),
    agreement_public: toHex(identity.agreement.publicKey),
  };
  return { identity, told };
}
