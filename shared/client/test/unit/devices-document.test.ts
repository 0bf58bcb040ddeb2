import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { fromBase64, toHex } from '../../src/index';
import { readVectors } from '../vectors/vector-file';

const root = join(__dirname, '../../../..');
const document = readFileSync(join(root, 'DEVICES.md'), 'utf8');
const vectors = join(root, 'shared/protocol/vectors');
const files = readdirSync(vectors).filter((name) => name.endsWith('.json'));

type Message = { readonly head: { readonly t: string }; readonly sealed?: string; readonly nonce?: string };
type Vectors = { readonly messages: readonly Message[] };

/** Cells of all tables' rows. */
const rows = Array.from(document.matchAll(/^\|(.*)\|$/gm), ([, row]) => row!.split('|').map((cell) => cell.trim()));

function sourcesIn(folder: string): string {
  const names = readdirSync(folder, { encoding: 'utf8', recursive: true }).filter((name) => name.endsWith('.ts'));
  return names.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
}

function labelsIn(text: string): string[] {
  return [...new Set(text.match(/openrelay-[a-z-]+-v1/g))].sort();
}

test('it has every label that the code hashes, signs or derives with, and no other', () => {
  const ofTheRelay = ['openrelay-contact-v1', 'openrelay-register-v1'];
  const labels = labelsIn(sourcesIn(join(root, 'shared/client/src')));
  expect(labelsIn(document)).toEqual(labels.filter((label) => !ofTheRelay.includes(label)));
});

test('it names every file of vectors that two devices need', () => {
  const isOfDevices = (name: string) => !/^(frames|windows-app)/.test(name);
  for (const name of files.filter(isOfDevices)) expect(document).toContain(`\`${name}\``);
});

test('each of its examples is in the file that it names', () => {
  const examples = Array.from(document.matchAll(/^\*\*Example\*\* \(`([^`]+)`(.*?)\n\n/gms));
  expect(examples.length).toBeGreaterThanOrEqual(6);
  for (const [, name, text] of examples) {
    const file = readFileSync(join(vectors, name!), 'utf8').replaceAll('\\"', '"');
    const values = text!.match(/`[0-9A-Za-z+/=]{20,}`/g) ?? [];
    expect(values.length).toBeGreaterThan(0);
    for (const value of values) expect(file).toContain(value.replaceAll('`', '"'));
  }
});

test.each(['sessions', 'transfers'])('its tables have every head of %s, with its fields', (name) => {
  for (const { head } of readVectors<Vectors>(name).messages) {
    const row = rows.find((cells) => cells[1] === `\`${head.t}\``)?.join(' ');
    for (const field of Object.keys(head).filter((key) => key !== 't')) expect(row).toContain(`\`${field}\``);
  }
});

test('its tables have the fields of identity records and of the frames of pairing', () => {
  const [{ record }] = readVectors<{ cases: [{ record: string }] }>('identity-records').cases;
  for (const field of Object.keys(JSON.parse(record))) expect(rows.map(([cell]) => cell)).toContain(`\`${field}\``);
  const { frames } = readVectors<{ frames: { type: string; payload: object }[] }>('pairing-by-code');
  for (const { type, payload } of frames) {
    const row = rows.find((cells) => cells[1] === `\`${type}\``)?.[2];
    for (const field of Object.keys(payload)) expect(row).toContain(`\`${field}\``);
  }
});

test('its places in a sealed message are those of the vectors', () => {
  const places = new Map(
    rows.flatMap(([cell = '', what = '']) => {
      const [, from, to] = /^(\d+)(?:–(\d+))?$/.exec(cell) ?? [];
      return /^(version|kind$|key id|counter|nonce)/.test(what) && from
        ? [[what.match(/^[a-z ]+/)![0].trim(), [Number(from), Number(to ?? from)]]]
        : [];
    }) as [string, [number, number]][],
  );
  for (const { sealed, nonce, ...message } of readVectors<{
    messages: (Message & { key_id: string; counter: number })[];
  }>('sessions').messages) {
    const bytes = fromBase64(sealed!)!;
    const at = (what: string) => toHex(bytes.slice(places.get(what)![0], places.get(what)![1] + 1));
    expect({
      version: at('version'),
      keyId: BigInt(`0x${at('key id')}`),
      counter: Number(`0x${at('counter')}`),
      nonce: at('nonce'),
    }).toEqual({
      version: '01',
      keyId: BigInt(message.key_id),
      counter: message.counter,
      nonce,
    });
  }
});
