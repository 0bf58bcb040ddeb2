import { findPeer, nobodyPaired } from '../session/find-peer';
import type { Session } from '../session/session';
import { printableLine } from '../terminal/printable';
import type { PeerView } from '../work/works';
import type { Commands } from './commands';

export function registerChangePeers(commands: Commands): void {
  registerRename(commands);
  registerIntroduce(commands);
  registerForget(commands);
  registerRotate(commands);
}

function registerRename({ program, act }: Commands): void {
  const rename = program
    .command('rename')
    .description('call a paired device as you like, or with one name alone, this device')
    .argument('<PEER_OR_NAME>', 'the paired device, or the new name of this one')
    .argument('[NAME]', 'the new name of the paired device; "" for its own again');
  act(rename, (session, [first, second]) =>
    second === undefined ? renameThis(session, first!) : renamePeer(session, first!, second),
  );
}

function registerIntroduce({ program, act }: Commands): void {
  const introduce = program
    .command('introduce')
    .description('make two devices that are paired with this one trust each other')
    .argument('<A>')
    .argument('<B>');
  act(introduce, async (session, [first, second]) => {
    const [one, other] = await peersOf(session, [first!, second!]);
    await session.ask('introduce', { one: one!.id, other: other!.id });
    session.voice.tell({ event: 'introduced', ids: [one!.id, other!.id] }, () => [
      `${shown(one!)} and ${shown(other!)} are told of each other; they trust each other as soon as both were online.`,
    ]);
    return 0;
  });
}

function registerForget({ program, act }: Commands): void {
  const forget = program
    .command('forget')
    .description('trust a device no more: nothing of it is read, and its keys are erased')
    .argument('<PEER>')
    .option('--yes', 'without a question');
  act(forget, async (session, [name]) => {
    const [peer] = await peersOf(session, [name!]);
    const question = `Forget ${shown(peer!)} (${peer!.id.slice(0, 8)})? Only pairing again brings it back.`;
    const answer = forget.opts<{ yes?: true }>().yes ? 'yes' : await session.confirm(question);
    if (session.signal.aborted) return 130;
    if (answer !== 'yes') {
      session.voice.tell({ event: 'kept', id: peer!.id }, () => [`${shown(peer!)} is kept.`]);
      return 1;
    }
    await session.ask('forget', { peerId: peer!.id });
    session.voice.tell({ event: 'forgotten', id: peer!.id }, () => [`${shown(peer!)} is forgotten.`]);
    return 0;
  });
}

function registerRotate({ program, act }: Commands): void {
  const rotate = program
    .command('rotate')
    .description('agree on new keys with one device, or with all, now; it happens by itself each week')
    .argument('[PEER]');
  act(rotate, async (session, [name]) => {
    const { peers } = await session.ask('peers', {});
    const wanted = name === undefined ? peers.filter(({ kind }) => kind !== 'legacy') : [findPeer(peers, name)];
    if (wanted.length === 0) session.voice.say(nobodyPaired);
    for (const peer of wanted) {
      const { state } = await session.ask('rotate', { peerId: peer.id });
      session.voice.tell({ event: 'rotate', id: peer.id, state }, () => [rotateSentence(shown(peer), state)]);
    }
    return 0;
  });
}

async function renameThis(session: Session, name: string): Promise<0> {
  const identity = await session.ask('name-self', { name });
  session.voice.tell(identity, () => [
    `This device is “${identity.name}” now; devices that know it call it by its old name until they are paired again.`,
  ]);
  return 0;
}

async function renamePeer(session: Session, peerName: string, name: string): Promise<0> {
  const [peer] = await peersOf(session, [peerName]);
  await session.ask('name-peer', { peerId: peer!.id, name: name === '' ? undefined : name });
  session.voice.tell({ event: 'renamed', id: peer!.id, name }, () => [
    `${shown(peer!)} is ${printableLine(name === '' ? peer!.ownName : name)} here now.`,
  ]);
  return 0;
}

async function peersOf(session: Session, names: readonly string[]): Promise<PeerView[]> {
  const { peers } = await session.ask('peers', {});
  return names.map((name) => findPeer(peers, name));
}

function shown({ name }: PeerView): string {
  return printableLine(name);
}

function rotateSentence(name: string, state: 'rotated' | 'started' | 'under-way'): string {
  switch (state) {
    case 'rotated':
      return `New keys with ${name}.`;
    case 'started':
      return `New keys with ${name} are on their way: it answers when it is online.`;
    case 'under-way':
      return `New keys with ${name} were on their way already: it answers when it is online.`;
    default:
      return state satisfies never;
  }
}
