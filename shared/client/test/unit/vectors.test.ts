import { createHash, createPublicKey, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { contactTag as relaysTag } from '@openrelay/testing';
import {
  type AuthFrame,
  fromBase64,
  fromHex,
  readCode,
  readIdentityRecord,
  readPairingUri,
  utf8,
} from '../../src/index';
import { allVectors } from '../vectors/all-vectors';
import { expectVectors, readVectors } from '../vectors/vector-file';

const folder = join(__dirname, '../../../protocol/vectors');

describe('the vectors say what this code says', () => {
  test.each(Object.entries(allVectors))('%s', async (name, make) => {
    expectVectors(name, await make());
  });

  test('and no file is there that nothing compares, or that the README does not tell of', () => {
    const names = readdirSync(folder).filter((name) => name !== 'README.md');
    expect(names.sort()).toEqual(
      Object.keys(allVectors)
        .map((name) => `${name}.json`)
        .sort(),
    );
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(Array.from(readme.matchAll(/^\| `([a-z-]+\.json)`/gm), ([, name]) => name).sort()).toEqual(names);
  });
});

/** The DER that stands before a raw key. */
const heads = {
  Ed25519: '302a300506032b6570032100',
  'P-256': '3059301306072a8648ce3d020106082a8648ce3d030107034200',
} as const;

type Claim = {
  kind: keyof typeof heads;
  public_key: string;
  statement: string;
  signature: string;
  host: string;
  hardware_id: string;
};

function expectClaim(claim: Claim): void {
  const der = Buffer.concat([Buffer.from(heads[claim.kind], 'hex'), Buffer.from(claim.public_key, 'base64')]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  const statement = Buffer.from(claim.statement, 'hex');
  const how = claim.kind === 'P-256' ? { key, dsaEncoding: 'ieee-p1363' as const } : key;
  const hash = claim.kind === 'P-256' ? 'sha256' : null;
  expect(verify(hash, statement, how, Buffer.from(claim.signature, 'base64'))).toBe(true);
  expect(statement.toString('latin1').split('\0').slice(0, 3)).toEqual([
    'openrelay-register-v1',
    claim.hardware_id.toUpperCase(),
    claim.host,
  ]);
}

describe('the vectors hold by other means than this code', () => {
  test('claims', () => {
    for (const claim of readVectors<{ cases: Claim[] }>('claims').cases) expectClaim(claim);
  });

  test('contact tags', () => {
    const { cases } = readVectors<{ cases: { own: string; other: string; tag: string }[] }>('contact-tags');
    for (const { own, other, tag } of cases) expect(relaysTag(own, other)).toBe(tag);
  });

  test('identity records, and a changed byte makes each of them none', async () => {
    for (const { record } of readVectors<{ cases: { record: string }[] }>('identity-records').cases) {
      expect(await readIdentityRecord(utf8(record))).toBeDefined();
      for (const field of ['id', 'name', 'signing', 'agreement', 'proof']) {
        const fields = JSON.parse(record) as Record<string, string>;
        const changed = fields[field]!.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
        expect(await readIdentityRecord(utf8(JSON.stringify({ ...fields, [field]: changed })))).toBeUndefined();
      }
    }
  });

  test('pairing codes', () => {
    const { cases, refused } = readVectors<{
      cases: { typed: string; code: string; temporary_id: string; uri: string }[];
      refused: string[];
    }>('pairing-codes');
    for (const { typed, code, temporary_id, uri } of cases) {
      const number = code.split('-')[0]!;
      const hash = createHash('sha256').update(`openrelay-rendezvous-v1\0${number}`).digest('hex').toUpperCase();
      expect(temporary_id).toBe(hash);
      expect(readPairingUri(uri)?.code).toEqual(readCode(typed));
    }
    for (const text of refused) expect(readCode(text)).toHaveProperty('fault');
  });

  test('the digits of a pairing come from its frames', () => {
    type Pairing = {
      frames: { type: AuthFrame['type']; payload: Record<string, string> }[];
      keys: { box_key: string };
      result: { digits: string };
    };
    const { frames, result } = readVectors<Pairing>('pairing-by-digits');
    const [request, response] = frames.map((frame) => frame.payload);
    expect(fromBase64(request!.public_key!)).toHaveLength(32);
    expect(fromBase64(response!.challenge_response!)).toHaveLength(64);
    expect(result.digits).toMatch(/^\d{3} \d{3}$/);
    expect(fromHex(readVectors<Pairing>('pairing-by-code').keys.box_key)).toHaveLength(32);
  });
});
