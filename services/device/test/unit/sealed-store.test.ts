import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadIdentity, MemoryStore } from '@openrelay/client';
import { lastingCases, storeCases } from '../../../../shared/client/test/stores/store-cases';
import { keyPlaceOf, openedStore, sealSecrets, unsealSecrets } from '../../src/keyring/key-in-keyring';
import type { Keyring } from '../../src/keyring/keyring';
import { SealedStore, sealed, unsealed } from '../../src/keyring/sealed-store';
import { isSecretRecord } from '../../src/stores/secret-records';
import { StoreFolder } from '../store-folder';

const key = new Uint8Array(32).fill(7);

/** In memory, for what no platform's keyring does when it is asked to. */
class KeyringInMemory implements Keyring {
  readonly name = 'the keyring';
  readonly secrets = new Map<string, string>();
  answers: 'right' | 'nothing' | 'another' = 'right';

  async get(id: string): Promise<string | undefined> {
    if (this.answers === 'another') return '00'.repeat(32);
    return this.answers === 'nothing' ? undefined : this.secrets.get(id);
  }

  async put(id: string, secret: string): Promise<void> {
    this.secrets.set(id, secret);
  }

  async remove(id: string): Promise<void> {
    this.secrets.delete(id);
  }
}

describe('a SealedStore', () => {
  const folder = new StoreFolder();
  afterAll(() => folder.remove());
  const cases = { ...storeCases, ...lastingCases };

  test.each(Object.keys(cases))('%s', async (name) => {
    await expect(cases[name]!(async () => new SealedStore(await folder.open(), key))).resolves.toBeUndefined();
  });

  test('knows records with keys in them by their names', () => {
    const names = [
      'identity',
      'session:ab:keys',
      'introduction:a:b',
      'legacy:ab',
      'session:ab:counts',
      'peer:ab',
      'keyring',
    ];
    expect(names.map(isSecretRecord)).toEqual([true, true, true, true, false, false, false]);
  });

  test('does not show its key', () => {
    const shown = inspect(new SealedStore(new MemoryStore(), key), { depth: 9, showHidden: true });
    expect(shown).not.toMatch(/\b7, 7, 7\b|07 07 07|070707/);
  });

  test('opens what was sealed under this key and this name, whole', () => {
    const bytes = sealed(key, 'identity', Buffer.from('a key'));
    expect(Buffer.from(unsealed(key, 'identity', bytes)).toString()).toBe('a key');
    const altered = Uint8Array.from(bytes, (byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));
    const others: [Uint8Array, string, Uint8Array][] = [
      [new Uint8Array(32), 'identity', bytes],
      [key, 'legacy:ab', bytes],
      [key, 'identity', altered],
      [key, 'identity', bytes.subarray(0, 20)],
      [key, 'identity', Buffer.from('{"v":1}')],
    ];
    for (const [other, name, what] of others)
      expect(() => unsealed(other, name, what)).toThrow('can’t be opened with the key in the keyring');
  });
});

describe('the keys of a device', () => {
  let folder: StoreFolder;
  let keyring: KeyringInMemory;
  beforeEach(() => {
    folder = new StoreFolder();
    keyring = new KeyringInMemory();
  });
  afterEach(() => folder.remove());

  const journal = () => readFileSync(folder.journal, 'latin1');
  const open = async () => openedStore(await folder.open(), () => keyring);

  test('are sealed and opened again, and are the same device all the time', async () => {
    const { id } = await loadIdentity(await open(), { name: 'laptop' });
    expect(journal()).toContain('"signing"');
    expect(await sealSecrets(await folder.open(), keyring)).toBe('sealed');
    expect(journal()).not.toContain('"signing"');
    expect([...keyring.secrets.values()]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(journal()).not.toContain([...keyring.secrets.values()][0]);
    expect(await sealSecrets(await folder.open(), keyring)).toBe('were sealed');
    expect((await loadIdentity(await open(), { name: 'other' })).id).toBe(id);
    expect(await unsealSecrets(await folder.open(), keyring)).toBe('unsealed');
    expect([keyring.secrets.size, await keyPlaceOf(await folder.open())]).toEqual([0, 'file']);
    expect((await loadIdentity(await open(), { name: 'other' })).id).toBe(id);
  });

  test.each([
    ['nothing', /is not in the keyring any more .* put the keyring back from a copy\. Without that key .*begin anew/],
    ['another', /is another key: put the keyring back from a copy\.$/],
  ] as const)('are a sentence, and never new ones, when the keyring has %s', async (answers, sentence) => {
    await sealSecrets(await folder.open(), keyring);
    const { id } = await loadIdentity(await open(), { name: 'laptop' });
    keyring.answers = answers;
    const before = journal();
    await expect(open()).rejects.toThrow(sentence);
    await expect(unsealSecrets(await folder.open(), keyring)).rejects.toThrow(sentence);
    expect(journal()).toBe(before);
    keyring.answers = 'right';
    expect((await loadIdentity(await open(), { name: 'laptop' })).id).toBe(id);
  });

  test('stay in their file when the keyring does not give back what was put there', async () => {
    const { id } = await loadIdentity(await open(), { name: 'laptop' });
    keyring.answers = 'nothing';
    await expect(sealSecrets(await folder.open(), keyring)).rejects.toThrow('the keys stay in their file.');
    expect([keyring.secrets.size, await keyPlaceOf(await folder.open())]).toEqual([0, 'file']);
    expect((await loadIdentity(await open(), { name: 'laptop' })).id).toBe(id);
  });

  test('need no keyring where they are in their file', async () => {
    const store = new MemoryStore();
    const none = (): never => {
      throw new Error('It was asked.');
    };
    expect(await openedStore(store, none)).toBe(store);
  });
});
