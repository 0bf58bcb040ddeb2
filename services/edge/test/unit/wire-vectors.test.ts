import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { deviceKeyOf } from '@openrelay/protocol';
import { isSigned, readPublicKey } from '../../src/inbound/signatures';
import { provableHosts, registerText, successionText } from '../../src/inbound/signed-texts';
import { contactTagOf } from '../../src/routing/contact-tags';

type Claim = Readonly<Record<'host' | 'hardware_id' | 'nonce' | 'public_key' | 'statement' | 'signature', string>>;
type Succession = Readonly<Record<'hardware_id' | 'former_key' | 'public_key' | 'statement' | 'succession', string>>;
type Tag = Readonly<Record<'own' | 'other' | 'tag', string>>;

function vectors<Content>(name: string): Content {
  const file = join(__dirname, '../../../../shared/protocol/vectors', `${name}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as Content;
}

const bytes = (text: string) => Buffer.from(text, 'base64');
const { cases, succession } = vectors<{ cases: Claim[]; succession: Succession }>('claims');

test.each(cases)('an edge takes the proof for $host of the vectors, and none with another host or byte', (claim) => {
  const [nonce, key, signature] = [claim.nonce, claim.public_key, claim.signature].map(bytes) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  const [host] = provableHosts(claim.host, []);
  const text = registerText(deviceKeyOf(claim.hardware_id), host!, nonce, key);
  expect(text.toString('hex')).toBe(claim.statement);
  expect(isSigned(text, readPublicKey(key)!, signature)).toBe(true);
  expect(
    isSigned(registerText(deviceKeyOf(claim.hardware_id), 'other', nonce, key), readPublicKey(key)!, signature),
  ).toBe(false);
  signature[0]! ^= 1;
  expect(isSigned(text, readPublicKey(key)!, signature)).toBe(false);
});

test('an edge takes the succession of the vectors', () => {
  const text = successionText(deviceKeyOf(succession.hardware_id), bytes(succession.public_key));
  expect(text.toString('hex')).toBe(succession.statement);
  expect(isSigned(text, readPublicKey(bytes(succession.former_key))!, bytes(succession.succession))).toBe(true);
});

test.each(vectors<{ cases: Tag[] }>('contact-tags').cases)('an edge makes the tag $tag of the vectors', (vector) => {
  const tag = contactTagOf(deviceKeyOf(vector.own), deviceKeyOf(vector.other));
  expect(Buffer.from(tag).toString('hex')).toBe(vector.tag);
});
