/** What every store must do, as functions that throw: they run in Jest, and in a browser's page. */
import type { Store } from '../../src/stores/store';

/** Opens the store's data: the same ones each time; what was opened before was closed. */
export type OpenStore = () => Promise<Store>;

const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (value: unknown) =>
  JSON.stringify(value, (_, each) => (each instanceof Uint8Array ? `bytes ${each.join(' ')}` : each)) ?? 'undefined';

function same(found: unknown, wanted: unknown): void {
  if (text(found) !== text(wanted)) throw new Error(`${text(found)} was found, and ${text(wanted)} was wanted.`);
}

async function refuses(act: () => Promise<unknown>): Promise<void> {
  const outcome = await act().then(
    () => 'done',
    (error: unknown) => (error instanceof TypeError ? 'refused' : String(error)),
  );
  same(outcome, 'refused');
}

export const storeCases: Readonly<Record<string, (open: OpenStore) => Promise<void>>> = {
  'knows nothing of a key that was never written': async (open) => {
    same(await (await open()).get('never'), undefined);
  },
  'gives back what was written, also nothing but a length of 0': async (open) => {
    const store = await open();
    await store.write(
      new Map([
        ['a', bytes(1, 2, 255)],
        ['empty', bytes()],
      ]),
    );
    same([await store.get('a'), await store.get('empty')], [bytes(1, 2, 255), bytes()]);
  },
  'keeps copies: who changes bytes changes none of the store': async (open) => {
    const store = await open();
    const mine = bytes(1);
    const writing = store.write(new Map([['copy', mine]]));
    await writing;
    mine[0] = 2;
    const got = await store.get('copy');
    got![0] = 3;
    same(await store.get('copy'), bytes(1));
  },
  'takes a part of a larger buffer for that part': async (open) => {
    const store = await open();
    await store.write(new Map([['part', bytes(1, 2, 3, 4).subarray(1, 3)]]));
    same(await store.get('part'), bytes(2, 3));
  },
  'replaces and deletes': async (open) => {
    const store = await open();
    await store.write(
      new Map([
        ['replaced', bytes(1)],
        ['deleted', bytes(1)],
      ]),
    );
    await store.write(
      new Map([
        ['replaced', bytes(2)],
        ['deleted', undefined],
        ['never.there', undefined],
      ]),
    );
    same([await store.get('replaced'), await store.get('deleted')], [bytes(2), undefined]);
  },
  'lists keys by how they begin, in order': async (open) => {
    const store = await open();
    const names = ['list:b', 'list:a', 'list:10', 'list:9', 'listen', 'lis', 'list:a:b', 'list:a.b'];
    await store.write(new Map(names.map((name) => [name, bytes()])));
    same(await store.keys('list:'), ['list:10', 'list:9', 'list:a', 'list:a.b', 'list:a:b', 'list:b']);
    same((await store.keys('')).filter((key) => key.startsWith('lis')).length, names.length);
  },
  'keeps the order of writes that nobody waited for': async (open) => {
    const store = await open();
    await Promise.all(Array.from({ length: 50 }, (_, count) => store.write(new Map([['order', bytes(count)]]))));
    same(await store.get('order'), bytes(49));
  },
  'refuses keys that are none, and writes nothing of such a change': async (open) => {
    const store = await open();
    for (const key of ['', 'A', 'a b', 'ä', 'a/b', 'a'.repeat(201)]) {
      await refuses(() => store.get(key));
      await refuses(() =>
        store.write(
          new Map([
            ['beside', bytes(1)],
            [key, bytes(1)],
          ]),
        ),
      );
    }
    same(await store.get('beside'), undefined);
    await store.write(new Map([['a'.repeat(200), bytes(1)]]));
    same(await store.get('a'.repeat(200)), bytes(1));
  },
  'keeps a megabyte': async (open) => {
    const store = await open();
    const large = Uint8Array.from({ length: 1_048_576 }, (_, at) => at * 31);
    await store.write(new Map([['large', large]]));
    const got = await store.get('large');
    same(got?.every((byte, at) => byte === large[at]) && got.length, large.length);
    await store.write(new Map([['large', undefined]]));
  },
};

export const lastingCases: typeof storeCases = {
  'has everything when it is opened again': async (open) => {
    const first = await open();
    await first.write(
      new Map([
        ['lasts', bytes(1)],
        ['goes', bytes(1)],
      ]),
    );
    await first.write(new Map([['goes', undefined]]));
    const second = await open();
    same([await second.get('lasts'), await second.get('goes')], [bytes(1), undefined]);
    await second.write(new Map([['lasts', bytes(2)]]));
    same(await (await open()).get('lasts'), bytes(2));
  },
};
