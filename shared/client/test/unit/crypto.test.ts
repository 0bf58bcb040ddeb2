import { createHmac, createPublicKey, hkdfSync, verify } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  AgreementError,
  agreementKeyOf,
  agreementKeyOfPair,
  concat,
  equalBytes,
  fromBase64,
  fromHex,
  generateAgreementKey,
  generateAgreementPair,
  generateSigningKey,
  generateSigningPair,
  hkdf,
  hmacSha256,
  nulJoined,
  open,
  randomBytes,
  Sha256,
  seal,
  sha256,
  signingKeyOf,
  signingKeyOfPair,
  textOf,
  toBase64,
  toHex,
  uint32,
  uint64,
  utf8,
  verifySignature,
} from '../../src/index';

const bytesOf = (hex: string): Uint8Array => fromHex(hex)!;

/** What a browser withholds from a page that came over plain HTTP. */
function withholdWebCrypto(): void {
  Object.defineProperty(globalThis.crypto, 'subtle', { value: undefined, configurable: true });
}

afterEach(() => {
  // The platform's own is on the prototype.
  Reflect.deleteProperty(globalThis.crypto, 'subtle');
});

describe.each([
  ['with WebCrypto', () => {}],
  ['without WebCrypto', withholdWebCrypto],
])('%s', (_how, prepare) => {
  test('signs as RFC 8032 does (7.1, test 2)', async () => {
    prepare();
    const key = await signingKeyOf(bytesOf('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'));
    expect(toHex(key.publicKey)).toBe('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
    const signature = await key.sign(Uint8Array.of(0x72));
    expect(toHex(signature)).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
    expect(await verifySignature(key.publicKey, Uint8Array.of(0x72), signature)).toBe(true);
    expect(await verifySignature(key.publicKey, Uint8Array.of(0x73), signature)).toBe(false);
  });

  test('agrees as RFC 7748 does (6.1)', async () => {
    prepare();
    const [a, b] = [
      await agreementKeyOf(bytesOf('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a')),
      await agreementKeyOf(bytesOf('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')),
    ];
    expect(toHex(a.publicKey)).toBe('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
    expect(toHex(b.publicKey)).toBe('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
    const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
    expect(toHex(await a.agree(b.publicKey))).toBe(shared);
    expect(toHex(await b.agree(a.publicKey))).toBe(shared);
  });

  test.each(['00', '01', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', ''])(
    'agrees with no key of small order, and with nothing that is no key: %s',
    async (hex) => {
      prepare();
      const theirs = hex === '' ? new Uint8Array(31) : bytesOf(hex.padEnd(64, '0'));
      await expect((await generateAgreementKey()).agree(theirs)).rejects.toThrow(AgreementError);
    },
  );

  test('agrees no more once the key is erased', async () => {
    prepare();
    const [one, other] = [await generateAgreementKey(), await generateAgreementKey()];
    one.erase();
    await expect(one.agree(other.publicKey)).rejects.toThrow('erased');
  });

  test('seals as AES-256-GCM does, and opens nothing that was altered', async () => {
    prepare();
    // The Windows app's check value: key 00 to 1f, nonce 00 to 0b.
    const key = Uint8Array.from({ length: 32 }, (_, at) => at);
    const nonce = key.slice(0, 12);
    const sealed = await seal(key, nonce, utf8('hello'), new Uint8Array());
    expect(toBase64(concat(nonce, sealed))).toBe('AAECAwQFBgcICQoLL2e6d6onl/81O4oEbSgjbc2dBXu7');

    const bound = await seal(key, nonce, utf8('hello'), utf8('to Bob'));
    expect(textOf((await open(key, nonce, bound, utf8('to Bob')))!)).toBe('hello');
    expect(await open(key, nonce, bound, utf8('to Eve'))).toBeUndefined();
    for (let at = 0; at < bound.length; at += 1) {
      const altered = Uint8Array.from(bound, (byte, index) => (index === at ? byte ^ 1 : byte));
      expect(await open(key, nonce, altered, utf8('to Bob'))).toBeUndefined();
    }
    expect(await open(key, nonce, bound.slice(0, 15), utf8('to Bob'))).toBeUndefined();
    await expect(seal(key.slice(0, 16), nonce, bound, bound)).rejects.toThrow(RangeError);
    await expect(open(key, key, bound, bound)).rejects.toThrow(RangeError);
  });

  test('prints no secret', async () => {
    prepare();
    const seed = randomBytes(32);
    const keys = [await signingKeyOf(seed), await agreementKeyOf(seed)];
    const printed = inspect(keys, { depth: 9, showHidden: true, maxArrayLength: null });
    expect(printed).not.toContain(seed.slice(0, 6).join(', '));
    expect(JSON.stringify(keys)).not.toContain(toBase64(seed));
  });
});

test('what one kind of key has signed, and agreed, holds for the other', async () => {
  const seed = randomBytes(32);
  const [web, webAgreement] = [await signingKeyOf(seed), await agreementKeyOf(seed)];
  withholdWebCrypto();
  const [noble, nobleAgreement] = [await signingKeyOf(seed), await agreementKeyOf(seed)];
  const theirs = (await generateAgreementKey()).publicKey;
  expect(await noble.sign(seed)).toEqual(await web.sign(seed));
  expect(await nobleAgreement.agree(theirs)).toEqual(await webAgreement.agree(theirs));
});

test('keys that can’t be extracted sign and agree as others do', async () => {
  const [signing, agreement] = [await generateSigningPair(), await generateAgreementPair()];
  expect([signing!.privateKey.extractable, agreement!.privateKey.extractable]).toEqual([false, false]);
  const key = await signingKeyOfPair(signing!);
  expect(await verifySignature(key.publicKey, utf8('a'), await key.sign(utf8('a')))).toBe(true);
  const [one, other] = [await agreementKeyOfPair(agreement!), await generateAgreementKey()];
  expect(await one.agree(other.publicKey)).toEqual(await other.agree(one.publicKey));
  withholdWebCrypto();
  expect(await generateSigningPair()).toBeUndefined();
  await expect(signingKeyOfPair(signing!)).rejects.toThrow('HTTPS');
});

test('Node.js verifies what is signed here', async () => {
  const key = await generateSigningKey();
  const der = concat(bytesOf('302a300506032b6570032100'), key.publicKey);
  const publicKey = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  expect(verify(null, utf8('a'), publicKey, await key.sign(utf8('a')))).toBe(true);
});

test.each([
  ['a key of zeros', '00'.repeat(32)],
  ['the neutral point', `01${'00'.repeat(31)}`],
  ['bytes that are no point', 'ff'.repeat(32)],
])('%s signs nothing, whatever the signature', async (_what, publicKey) => {
  for (const signature of [new Uint8Array(64), bytesOf(`01${'00'.repeat(63)}`)]) {
    expect(await verifySignature(bytesOf(publicKey), utf8('a'), signature)).toBe(false);
  }
  expect(await verifySignature(new Uint8Array(31), utf8('a'), new Uint8Array(64))).toBe(false);
});

test('hashes are those of Node.js, also in pieces', () => {
  const [key, data] = [randomBytes(20), randomBytes(200)];
  expect(hmacSha256(key, data)).toEqual(new Uint8Array(createHmac('sha256', key).update(data).digest()));
  expect(hkdf(key, data, utf8('info'), 48)).toEqual(new Uint8Array(hkdfSync('sha256', key, data, 'info', 48)));
  expect(hkdf(key, new Uint8Array(), new Uint8Array(), 32)).toEqual(
    new Uint8Array(hkdfSync('sha256', key, '', '', 32)),
  );
  const pieces = new Sha256();
  for (let at = 0; at < data.length; at += 7) pieces.update(data.subarray(at, at + 7));
  expect(pieces.digest()).toEqual(sha256(data));
  expect(pieces.digest()).toEqual(sha256(data));
});

test('bytes, texts and numbers turn into each other, and what is none into nothing', () => {
  expect(toHex(concat(uint32(1), uint64(2n ** 64n - 1n)))).toBe('00000001ffffffffffffffff');
  expect(toHex(nulJoined('a', 'b', ''))).toBe('61006200');
  expect(fromHex('0g')).toBeUndefined();
  expect(fromHex('abc')).toBeUndefined();
  expect(fromHex('aBcD')).toEqual(Uint8Array.of(0xab, 0xcd));
  expect(textOf(Uint8Array.of(0xff))).toBeUndefined();
  expect(fromBase64('AA')).toBeUndefined();
  expect(fromBase64('AB==')).toBeUndefined();
  expect(fromBase64('AA==')).toEqual(Uint8Array.of(0));
  expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 2))).toBe(false);
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  expect(randomBytes(70_000)).toHaveLength(70_000);
  expect(new Set(randomBytes(70_000).slice(65_536)).size).toBeGreaterThan(100);
});
