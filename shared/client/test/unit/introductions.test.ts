import { beforeEach, describe, expect, test } from '@jest/globals';
import { fromHex } from '../../src/crypto';
import {
  type Head,
  type Identity,
  type IntroductionEvent,
  Introductions,
  identityRecordOf,
  loadIdentity,
  MemoryStore,
  type Peer,
  Peers,
  randomBytes,
  readIdentityRecord,
  toBase64,
  toHex,
} from '../../src/index';

const clock = { now: 1_800_000_000_000 };

type Node = {
  readonly identity: Identity;
  readonly peers: Peers;
  readonly introductions: Introductions;
  readonly posted: { readonly to: string; readonly head: Head }[];
  readonly roots: Map<string, string>;
  readonly rotated: string[];
  readonly events: IntroductionEvent[];
};

async function startNode(name: string): Promise<Node> {
  const store = new MemoryStore();
  const identity = await loadIdentity(store, { name });
  const peers = await Peers.open(store);
  const [posted, roots, rotated, events]: [Node['posted'], Map<string, string>, string[], IntroductionEvent[]] = [
    [],
    new Map(),
    [],
    [],
  ];
  const introductions = new Introductions({
    identity,
    store,
    peers,
    post: async (to, head) => void posted.push({ to, head }),
    keep: async (peer, root) => {
      await peers.add(peer);
      roots.set(peer.id, toHex(root));
    },
    firstRoot: async (peerId) => (roots.has(peerId) ? fromHex(roots.get(peerId)!) : undefined),
    rotate: async (peerId) => rotated.push(peerId),
    emit: (event) => events.push(event),
    random: randomBytes,
    now: () => clock.now,
  });
  return { identity, peers, introductions, posted, roots, rotated, events };
}

async function trust(node: Node, other: Node, changed: Partial<Peer> = {}): Promise<void> {
  const record = (await readIdentityRecord(await identityRecordOf(other.identity)))!;
  await node.peers.add({ ...record, since: clock.now, kind: 'paired', mayIntroduce: true, ...changed });
}

async function carry(from: Node, ...to: readonly Node[]): Promise<void> {
  for (const { to: id, head } of from.posted.splice(0)) {
    const node = to.find(({ identity }) => identity.id === id);
    await node?.introductions.handle(node.peers.get(from.identity.id)!, JSON.parse(JSON.stringify(head)));
  }
}

let [hub, one, other]: Node[] = [];
beforeEach(async () => {
  [hub, one, other] = [await startNode('hub'), await startNode('one'), await startNode('other')];
  for (const node of [one!, other!]) {
    await trust(hub!, node);
    await trust(node, hub!);
  }
});

const idOf = (node: Node | undefined): string => node!.identity.id;

describe('an introduction', () => {
  test('gives two devices each other, with one root, and both rotate at once', async () => {
    await hub!.introductions.introduce(idOf(one), idOf(other));
    await carry(hub!, one!, other!);
    expect(one!.peers.get(idOf(other))).toMatchObject({ name: 'other', kind: 'introduced', introducedBy: idOf(hub) });
    expect(one!.roots.get(idOf(other))).toBe(other!.roots.get(idOf(one)));
    expect([one!.rotated, other!.rotated]).toEqual([[idOf(other)], [idOf(one)]]);
    await carry(one!, hub!);
    await carry(other!, hub!);
    expect(hub!.events).toMatchObject([{ name: 'acquainted' }]);
    expect(one!.events).toMatchObject([
      { name: 'introduced', sentence: 'hub introduced other: the two devices trust each other now.' },
    ]);
  });

  test('is said again each day to who has not answered, and no more after 60 days', async () => {
    await hub!.introductions.introduce(idOf(one), idOf(other));
    const [, lost] = hub!.posted.splice(1);
    expect(lost).toBeUndefined();
    await carry(hub!, one!);
    await carry(one!, hub!);
    clock.now += 25 * 60 * 60_000;
    await hub!.introductions.tick();
    expect(hub!.posted.map(({ to }) => to)).toEqual([idOf(other)]);
    await carry(hub!, other!);
    await carry(other!, hub!);
    expect(one!.roots.get(idOf(other))).toBe(other!.roots.get(idOf(one)));
    clock.now += 61 * 24 * 60 * 60_000;
    await hub!.introductions.tick();
    expect(hub!.posted).toEqual([]);
  });

  test('that is made anew when the first one was given up gives both the new root, also who has kept the first', async () => {
    await hub!.introductions.introduce(idOf(one), idOf(other));
    hub!.posted.splice(1);
    await carry(hub!, one!);
    await carry(one!, hub!);
    clock.now += 61 * 24 * 60 * 60_000;
    await hub!.introductions.tick();
    await hub!.introductions.introduce(idOf(one), idOf(other));
    await carry(hub!, one!, other!);
    expect(one!.roots.get(idOf(other))).toBe(other!.roots.get(idOf(one)));
    await carry(one!, hub!);
    await carry(other!, hub!);
    expect(hub!.events).toMatchObject([{ name: 'acquainted' }]);
  });

  test('is not taken from who may not introduce', async () => {
    await trust(one!, hub!, { mayIntroduce: false });
    await hub!.introductions.introduce(idOf(one), idOf(other));
    await carry(hub!, one!);
    await carry(one!, hub!);
    expect(one!.peers.get(idOf(other))).toBeUndefined();
    expect(hub!.events).toMatchObject([
      { name: 'declined', sentence: expect.stringContaining('takes no introductions') },
    ]);
  });

  test('gives no right to introduce others; the user can', async () => {
    await hub!.introductions.introduce(idOf(one), idOf(other));
    await carry(hub!, one!, other!);
    const fourth = await startNode('fourth');
    await trust(other!, fourth);
    await trust(fourth, other!);
    await other!.introductions.introduce(idOf(one), idOf(fourth));
    await carry(other!, one!);
    expect(one!.peers.get(idOf(fourth))).toBeUndefined();
    await one!.peers.letIntroduce(idOf(other), 'yes');
    await carry(one!, other!);
    await other!.introductions.introduce(idOf(one), idOf(fourth));
    await carry(other!, one!);
    expect(one!.peers.get(idOf(fourth))).toMatchObject({ introducedBy: idOf(other) });
  });

  test('never replaces the keys of a device that was paired directly', async () => {
    await trust(one!, other!);
    await hub!.introductions.introduce(idOf(one), idOf(other));
    await carry(hub!, one!);
    expect(one!.roots.size).toBe(0);
    expect(one!.posted).toMatchObject([{ head: { t: 'declined' } }]);
  });

  test('with keys that its device did not sign is none', async () => {
    await hub!.introductions.introduce(idOf(one), idOf(other));
    const { head } = hub!.posted[0]!;
    const record = { ...(head.record as object), name: 'somebody else' };
    await one!.introductions.handle(one!.peers.get(idOf(hub))!, { ...head, record });
    expect(one!.peers.get(idOf(other))).toBeUndefined();
  });

  test('needs two devices that this one trusts', async () => {
    await expect(hub!.introductions.introduce(idOf(one), 'D4'.repeat(32))).rejects.toThrow('D4D4D4D4 is not paired');
    await expect(hub!.introductions.introduce(idOf(one), idOf(one))).rejects.toThrow('name two');
    await trust(hub!, one!, { kind: 'legacy' });
    await expect(hub!.introductions.introduce(idOf(one), idOf(other))).rejects.toThrow('knows no introductions');
  });
});

describe('a peer that means ill', () => {
  const introduced = async (node: Node, changed: object = {}): Promise<Head> => {
    const record: object = JSON.parse(new TextDecoder().decode(await identityRecordOf(node.identity)));
    return { t: 'introduce', record: { ...record, ...changed }, secret: toBase64(new Uint8Array(32)) };
  };
  const receive = (head: Head): Promise<void> => one!.introductions.handle(one!.peers.get(idOf(hub))!, head);

  test('introduces a key that nothing can be agreed with, and is declined: its message must not come again for ever', async () => {
    const agreement = { ...other!.identity.agreement, publicKey: new Uint8Array(32) };
    await receive(await introduced({ ...other!, identity: { ...other!.identity, agreement } }));
    expect(one!.posted).toMatchObject([{ head: { t: 'declined', why: 'Its keys are of no use.' } }]);
    expect(one!.peers.get(idOf(other))).toBeUndefined();
  });

  test('nests a record deeper than any stack', async () => {
    const record: unknown = JSON.parse(`${'['.repeat(30_000)}${']'.repeat(30_000)}`);
    await receive({ t: 'introduce', record, secret: toBase64(new Uint8Array(32)) });
    await receive(await introduced(other!, { name: record }));
    expect(one!.posted).toEqual([]);
  });

  test('introduces a hundred devices, and no more', async () => {
    const crowd = (await readIdentityRecord(await identityRecordOf(other!.identity)))!;
    for (let count = 0; count < 100; count += 1) {
      const id = toHex(randomBytes(32)).toUpperCase();
      await one!.peers.add({ ...crowd, id, since: 0, kind: 'introduced', introducedBy: idOf(hub), mayIntroduce: true });
    }
    await receive(await introduced(other!));
    expect(one!.posted).toMatchObject([{ head: { t: 'declined' } }]);
  });

  test('introduces somebody under the id of a device that is being paired at that moment', async () => {
    const mallory = await startNode('mallory');
    const identity = { ...mallory.identity, id: idOf(other) };
    const head = await introduced({ ...mallory, identity });
    const add = one!.peers.add.bind(one!.peers);
    one!.peers.add = async (peer, alongside) => {
      one!.peers.add = add;
      await trust(one!, other!);
      return one!.peers.add(peer, alongside);
    };
    await receive(head);
    expect(one!.peers.get(idOf(other))).toMatchObject({ kind: 'paired', name: 'other' });
    expect(one!.posted).toMatchObject([{ head: { t: 'declined', why: 'The two are paired already.' } }]);
  });
});
