import { describe, expect, test } from '@jest/globals';
import { fromHex, textOf, utf8 } from '../../../src/index';
import { openAppClip } from '../../../src/windows-app/app-clip';
import { readAppMessage } from '../../../src/windows-app/app-message';
import { type Chunk, ClipChunks, splitClip } from '../../../src/windows-app/clip-chunks';
import { EchoMemory } from '../../../src/windows-app/echo-memory';
import { readVectors } from '../../vectors/vector-file';
import { openClip, sealClip } from '../../windows-app/app-wire';

type Inside = { json: string; encrypted_data: string };
type Vectors = {
  clip: { key: string; text: string; data: string };
  pairing_request: Inside;
  pairing_response: Inside;
  clipboard_chunks: Inside[];
};

describe('vectors', () => {
  test('have the reference’s check value, which other means can open', async () => {
    const { clip } = readVectors<Vectors>('windows-app');
    expect(clip.data).toBe('AAECAwQFBgcICQoLL2e6d6onl/81O4oEbSgjbc2dBXu7');
    expect(openClip(Buffer.from(clip.key, 'hex'), clip.data).toString()).toBe('hello');
    expect(textOf((await openAppClip(fromHex(clip.key)!, clip.data))!)).toBe('hello');
    expect(await openAppClip(new Uint8Array(32), clip.data)).toBeUndefined();
  });

  test('show that the relay can read a legacy pairing’s key: with it anybody opens and makes up clips', async () => {
    const vectors = readVectors<Vectors & { clipboard_update: Inside }>('windows-app');
    const carried = ({ encrypted_data }: Inside) => JSON.parse(Buffer.from(encrypted_data, 'base64').toString());
    const key = Buffer.from(carried(vectors.pairing_response).payload.encrypted_shared_key, 'base64');
    expect(openClip(key, carried(vectors.clipboard_update).data).toString()).toBe('hello');
    const madeUp = sealClip(key, Buffer.from('from the relay'));
    expect(textOf((await openAppClip(key, madeUp))!)).toBe('from the relay');
  });

  test('are ASCII, and read the same with one more layer of base64', () => {
    const { pairing_response, clipboard_chunks } = readVectors<Vectors>('windows-app');
    for (const { json, encrypted_data } of [pairing_response, ...clipboard_chunks]) {
      expect(json).toMatch(/^[ -~]+$/);
      expect(readAppMessage(utf8(encrypted_data))).toEqual(readAppMessage(utf8(json)));
      expect(readAppMessage(utf8(json))).not.toMatchObject({ is: 'other' });
    }
  });
});

describe('what the app says', () => {
  const read = (fields: unknown) => readAppMessage(utf8(JSON.stringify(fields)));

  test.each([
    [{ type: 'PairingRequest', sender_id: 'L', sender_name: 'PC', payload: { request_id: 'r' } }, 'request'],
    [{ type: 'PairingRequest', sender_id: 'L', payload: 'none' }, 'other'],
    [{ type: 'PairingResponse', payload: { request_id: 'r', accepted: 'true' } }, 'other'],
    [{ type: 'ClipboardUpdate', format: 'text/plain', data: 7 }, 'other'],
    [{ type: 'ClipboardUpdate', payload: { format: 'text/plain', data: '' } }, 'other'],
    [{ type: 'ClipboardChunk', format: 'a', chunk_id: 'c', chunk_index: 2, chunk_count: 2 }, 'other'],
    [{ type: 'pairingrequest' }, 'other'],
  ])('%j is a %s', (fields, is) => {
    expect(read(fields)).toMatchObject({ is });
  });

  test.each([[7], ['text'], [[]], [null], [{}], [{ type: 7 }]])('%j is nothing of its', (value) => {
    expect(read(value)).toBeUndefined();
  });

  test('a sealed message is nothing of its', () => {
    expect(readAppMessage(Uint8Array.of(1, 1, 0x7b, 0x7d))).toBeUndefined();
  });

  test('a key of another length is none', () => {
    const payload = { request_id: 'r', accepted: true, device_id: 'L', encrypted_shared_key: 'AAAA' };
    expect(read({ type: 'PairingResponse', payload })).toMatchObject({ verdict: 'accepted', key: undefined });
  });
});

describe('chunks', () => {
  const data = 'ab'.repeat(50_000);
  const chunk = (index: number, piece: string, of = 'set', count = 3): Chunk => ({
    is: 'chunk',
    format: 'text/plain',
    keyId: 1,
    localId: 'L',
    chunkId: of,
    index,
    count,
    data: piece,
  });

  test('make a whole in any order, and each counts once', () => {
    const [one, two, three] = splitClip(data);
    const chunks = new ClipChunks();
    expect(chunks.add(chunk(2, three!), 0)).toBeUndefined();
    expect(chunks.add(chunk(2, three!), 0)).toBeUndefined();
    expect(chunks.add(chunk(0, one!), 0)).toBeUndefined();
    expect(chunks.add(chunk(1, two!), 0)).toBe(data);
  });

  test('that wait for two minutes, are too many, or too large, are forgotten', () => {
    const chunks = new ClipChunks();
    chunks.add(chunk(0, 'old', 'late', 2), 0);
    expect(chunks.add(chunk(1, 'new', 'late', 2), 121_000)).toBeUndefined();
    for (const id of ['a', 'b', 'c', 'd', 'e']) chunks.add(chunk(0, id, id, 2), 0);
    expect(chunks.add(chunk(1, 'x', 'e', 2), 0)).toBe('ex');
    expect(chunks.add(chunk(1, 'x', 'a', 2), 0)).toBeUndefined();
    expect(chunks.add(chunk(0, 'x', 'many', 1_000_000_000), 0)).toBeUndefined();
    expect(chunks.add(chunk(0, 'x'.repeat(9_000_000), 'large', 1), 0)).toBeUndefined();
  });
});

describe('echoes', () => {
  test('a text that comes back at once is one, once; the same text later is not', () => {
    const memory = new EchoMemory();
    memory.sent({ text: 'a\nb' }, 0, 0);
    expect(memory.isEcho({ text: 'other' }, 1_000)).toBe(false);
    expect(memory.isEcho({ text: 'a\r\nb' }, 1_000)).toBe(true);
    expect(memory.isEcho({ text: 'a\r\nb' }, 1_000)).toBe(false);
    memory.sent({ text: 'a' }, 0, 0);
    expect(memory.isEcho({ text: 'a' }, 5_000)).toBe(false);
  });
});
