import { p256 } from '@noble/curves/nist';
import { hostOf, proofStatement } from '../../src/connection/claim';
import {
  codeText,
  concat,
  contactTag,
  identityRecordOf,
  nulJoined,
  pairingUri,
  passwordOfCode,
  readCode,
  rendezvousId,
  rendezvousKey,
  sha256,
  signingKeyOf,
  textOf,
  toBase64,
  toHex,
} from '../../src/index';
import { fixedBytes, fixedDevice } from './fixed-devices';

export async function claimVectors(): Promise<object> {
  const ed25519 = await signingKeyOf(fixedBytes('a claim'));
  const secret = fixedBytes('a claim with P-256');
  const ecdsa = {
    publicKey: p256.getPublicKey(secret, false),
    sign: async (data: Uint8Array) => p256.sign(sha256(data), secret, { lowS: false }).toBytes(),
  };
  const urls = ['ws://127.0.0.1:8081/relay', 'wss://relay.example.org/relay', 'wss://Relay.Example.org:443/relay'];
  const cases = [];
  for (const [at, url] of urls.entries()) {
    const [kind, key] = at === 2 ? (['P-256', ecdsa] as const) : (['Ed25519', ed25519] as const);
    const hardwareId = toHex(fixedBytes(`claimed ${at}`));
    const nonce = fixedBytes(`nonce ${at}`);
    const statement = proofStatement(hardwareId, hostOf(url), nonce, key);
    cases.push({
      url,
      host: hostOf(url),
      hardware_id: hardwareId,
      nonce: toBase64(nonce),
      kind,
      public_key: toBase64(key.publicKey),
      statement: toHex(statement),
      signature: toBase64(await key.sign(statement)),
    });
  }
  return {
    about:
      'What Prove carries (RESPONSES.md, Claims). The statement is in hex, nonce, key and signature as on the wire. The signatures of P-256 are r and s; others are as valid.',
    cases,
    succession: await successionVector(),
  };
}

async function successionVector(): Promise<object> {
  const [former, next] = [await signingKeyOf(fixedBytes('a former key')), await signingKeyOf(fixedBytes('a new key'))];
  const hardwareId = toHex(fixedBytes('succeeded')).toUpperCase();
  const statement = concat(nulJoined('openrelay-succession-v1', hardwareId, ''), next.publicKey);
  return {
    hardware_id: hardwareId,
    former_key: toBase64(former.publicKey),
    public_key: toBase64(next.publicKey),
    statement: toHex(statement),
    succession: toBase64(await former.sign(statement)),
  };
}

export async function contactTagVectors(): Promise<object> {
  const ids = ['one', 'other'].map((name) => toHex(fixedBytes(name)));
  const pairs = [
    [ids[0]!, ids[1]!],
    [ids[1]!, ids[0]!],
    [ids[0]!.toUpperCase(), ids[1]!],
    ['0123456789abcdef0123456789abcdef', ids[0]!],
  ] as const;
  return {
    about: 'The tag under which a device (own) lists another (other) in Contacts; the case of ids does not matter.',
    cases: pairs.map(([own, other]) => ({ own, other, tag: contactTag(own, other) })),
  };
}

export async function identityVectors(): Promise<object> {
  const cases = [];
  for (const name of ['Laptop', 'Bücherregal 📚']) {
    const { identity, told } = await fixedDevice(name);
    cases.push({ ...told, record: textOf(await identityRecordOf(identity)) });
  }
  return {
    about:
      'An identity record, and the secrets that it is made from (hex). proof is the Ed25519 signature over openrelay-identity-v1 NUL id NUL name NUL signing key, agreement key.',
    cases,
  };
}

export async function pairingCodeVectors(): Promise<object> {
  const typed = ['7-crossover-clockwork', ' 42 Yucatan ZULU ', '9999-adroitness-aardvark'];
  const cases = [];
  for (const text of typed) {
    const code = readCode(text);
    if ('fault' in code) throw new Error(code.fault);
    cases.push({
      typed: text,
      code: codeText(code),
      temporary_id: rendezvousId(code.number),
      public_key: toBase64((await rendezvousKey(code.number)).publicKey),
      password: passwordOfCode(code).toString(16).padStart(64, '0'),
      uri: pairingUri({ relay: 'wss://relay.example.org:8443/relay', code }),
    });
  }
  return {
    about:
      'What a device makes of a pairing code: the id under which its maker waits, the key that the id is claimed with where the relay wants it, the password of SPAKE2 (w of RFC 9382, hex), and what a QR code holds.',
    cases,
    refused: [
      '',
      '7',
      '7-crossover',
      '0-crossover-clockwork',
      '10000000-crossover-clockwork',
      '7-clockwork-crossover',
      '7-crossover-clockwork-zulu',
      '07-crossover-clockwork',
    ],
  };
}
