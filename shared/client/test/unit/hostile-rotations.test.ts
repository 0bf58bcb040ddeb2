import { describe, expect, test } from '@jest/globals';
import { agreementKeyOf, randomBytes } from '../../src/crypto';
import { type PackageContent, sealPackage } from '../../src/sessions/rotation-package';
import { SessionMemory } from '../../src/sessions/session-memory';
import { newestEpoch } from '../../src/sessions/session-state';
import {
  carry,
  carryFrames,
  type Frame,
  hand,
  pairedNodes,
  type SessionNode,
  settle,
} from '../sessions-rig/session-node';

/** Of small order: whatever is agreed with it is zero. */
const uselessKey = new Uint8Array(32);

/** Sealed with the right keys, as only the peer itself can. */
async function packageBy(from: SessionNode, to: SessionNode, content: PackageContent): Promise<Uint8Array> {
  const state = (await new SessionMemory(from.disk.process(), from.id).get(to.id))!;
  return sealPackage(state, newestEpoch(state), content, randomBytes);
}

async function sealedIn(frame: Frame, node: SessionNode, peer: SessionNode): Promise<string> {
  await hand(frame, peer, node);
  return node.disk.text();
}

describe('a paired device that means ill', () => {
  test('and begins a rotation with a key that nothing can be agreed with is refused as tampered, and keys stay', async () => {
    const { one, other, clock } = await pairedNodes();
    const before = other.disk.text();
    const content = { t: 'rotate', keyId: 2n, ephemeral: uselessKey } as const;
    const update = {
      type: 'update',
      peerId: other.id,
      keyId: 2n,
      package: await packageBy(one, other, content),
    } as const;
    expect(await sealedIn(update, other, one)).toBe(before);
    await hand(update, one, other);
    expect(other.events).toMatchObject([
      { name: 'refused', why: 'tampered', sentence: expect.stringContaining('of no use') },
    ]);
    expect(other.takeFrames()).toEqual([]);
    clock.now += 61 * 60_000;
    await hand(update, one, other);
    expect(other.events).toHaveLength(2);
    await one.sessions.rotate(other.id);
    await settle(one, other);
    expect(one.eventNames()).toEqual(['rotated']);
  });

  test('and answers a rotation so is refused as well; what was pending is still offered', async () => {
    const { one, other } = await pairedNodes();
    await one.sessions.rotate(other.id);
    const [update] = one.takeFrames();
    const state = (await new SessionMemory(one.disk.process(), one.id).get(other.id))!;
    const { publicKey: to } = await agreementKeyOf(state.pending!.secret);
    const content = { t: 'rotated', keyId: 2n, ephemeral: uselessKey, to } as const;
    const sealed = await packageBy(other, one, content);
    await hand({ type: 'answer', peerId: one.id, keyId: 2n, outcome: 'rotated', package: sealed }, other, one);
    expect(one.events).toMatchObject([{ name: 'refused', why: 'tampered' }]);
    await one.sessions.connected();
    expect(one.takeFrames()).toEqual([update]);
  });

  test.each([1n, 3n, 2n ** 64n - 1n])('and goes on from key 1 to key %d is not followed', async (keyId) => {
    const { one, other } = await pairedNodes();
    const before = other.disk.text();
    const { publicKey: ephemeral } = await agreementKeyOf(randomBytes(32));
    const sealed = await packageBy(one, other, { t: 'rotate', keyId, ephemeral });
    const update = { type: 'update', peerId: other.id, keyId, package: sealed } as const;
    expect(await sealedIn(update, other, one)).toBe(before);
    expect(other.takeFrames()).toEqual([]);
  });

  test('and sends updates without end gets six answers in a minute, and those of others are none the fewer', async () => {
    const { one, other, clock } = await pairedNodes();
    await one.sessions.rotate(other.id);
    const [update] = one.takeFrames();
    for (let count = 0; count < 100; count += 1) await hand(update!, one, other);
    expect(other.takeFrames()).toHaveLength(6);
    clock.now += 60_000;
    await hand(update!, one, other);
    expect(other.takeFrames()).toHaveLength(1);
  });

  test('and introduces the two anew brings them to no root under which something was opened already', async () => {
    const { one, other } = await pairedNodes();
    const roots = () => Promise.all([one.sessions.firstRoot(other.id), other.sessions.firstRoot(one.id)]);
    const [first, same] = await roots();
    expect([first, same]).toEqual([expect.any(Uint8Array), first]);
    await one.say(other.id, 'opened');
    await carry(one, other);
    expect(await roots()).toEqual([first, undefined]);
    await other.sessions.rotate(one.id);
    await hand(other.takeFrames()[0]!, other, one);
    expect(await roots()).toEqual([undefined, undefined]);
  });

  test('is not kept from its next rotation by a relay that shows an old update again and again', async () => {
    const { one, other } = await pairedNodes();
    await one.sessions.rotate(other.id);
    const [old] = one.takeFrames();
    await hand(old!, one, other);
    await settle(one, other);
    for (let count = 0; count < 100; count += 1) await hand(old!, one, other);
    other.takeFrames();
    await one.sessions.rotate(other.id);
    await settle(one, other);
    expect(one.eventNames()).toEqual(['rotated', 'rotated']);
  });

  test('and whose update has to give way makes this side offer its own six times in a minute, and no more', async () => {
    const { one, other } = await pairedNodes();
    await one.sessions.rotate(other.id);
    await other.sessions.rotate(one.id);
    one.takeFrames();
    const [theirs] = other.takeFrames();
    for (let count = 0; count < 100; count += 1) await hand(theirs!, other, one);
    expect(one.takeFrames()).toHaveLength(6);
    await one.sessions.connected();
    await carryFrames(one, other);
    await settle(one, other);
    expect(one.eventNames()).toEqual(['rotated']);
  });
});
