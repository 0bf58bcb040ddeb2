import { type Peer, shownName } from '@openrelay/client';
import type { Desk } from '../device/desk';
import { renameIdentity } from '../storage/own-identity';
import { ask } from './ask';
import { notice } from './notices';

export async function renamePeer({ device }: Desk, peer: Peer): Promise<void> {
  const text = `${peer.name} is how it calls itself. Your name for it is seen on this device alone.`;
  const field = { kind: 'text', label: 'Name', value: shownName(peer) } as const;
  const name = await ask({ title: 'Rename', text, action: 'Rename', field });
  if (name !== undefined) await device.peers.rename(peer.id, name === peer.name ? undefined : name);
}

export async function forgetPeer(desk: Desk, peer: Peer): Promise<void> {
  const text =
    'The two devices can send nothing to each other any more, and what they sent is removed from this browser.';
  const answer = await ask({ title: `Forget ${shownName(peer)}?`, text, action: 'Forget', tone: 'wrong' });
  if (answer !== undefined) await desk.forget(peer.id);
}

export async function introducePeer({ device }: Desk, peer: Peer): Promise<void> {
  const others = device.peers.list().filter(({ id, kind }) => id !== peer.id && kind !== 'legacy');
  if (others.length === 0) {
    notice('To introduce it to another device, pair that one with this browser first.');
    return;
  }
  const options = others.map((other) => ({ value: other.id, text: shownName(other) }));
  const field = { kind: 'choice', label: 'To', value: '', options } as const;
  const text = 'The two will trust each other on your word, without a code.';
  const otherId = await ask({ title: `Introduce ${shownName(peer)}`, text, action: 'Introduce', field });
  if (otherId === undefined) return;
  await device.introduce(peer.id, otherId);
  notice('Introduced: the two find each other as soon as both are connected.');
}

export async function renameThis({ device, database }: Desk): Promise<void> {
  const text = 'Devices that you pair from now on see this name.';
  const field = { kind: 'text', label: 'Name', value: device.identity.name } as const;
  const name = await ask({ title: 'Name of this device', text, action: 'Rename', field });
  if (name === undefined || name === device.identity.name) return;
  await renameIdentity(database, name);
  location.reload();
}
