import { legacyNotice } from '@openrelay/client';
import { Failure } from '../failures/failure';
import { findPeer, nameOf, nobodyPaired } from '../session/find-peer';
import type { Session } from '../session/session';
import { printableLine } from '../terminal/printable';
import { tableLines } from '../terminal/table';
import { instantText } from '../terminal/units';
import type { PeerView } from '../work/works';
import type { Commands } from './commands';

type PeersOptions = { readonly mayIntroduce?: string };

export function registerPeers({ program, act }: Commands): void {
  const command = program
    .command('peers')
    .description('the devices that this one is paired with, and what each may')
    .argument('[PEER]', 'this one alone')
    .option('--may-introduce <yes|no>', 'from now on trust the devices that PEER introduces, or do not');
  act(command, async (session, [name]) => {
    const { mayIntroduce } = command.opts<PeersOptions>();
    if (mayIntroduce !== undefined) await letIntroduce(session, name, answerOf(mayIntroduce));
    const { peers } = await session.ask('peers', {});
    const wanted = name === undefined ? peers : [findPeer(peers, name)];
    session.voice.tell({ peers: wanted }, () =>
      wanted.length === 0
        ? [nobodyPaired]
        : tableLines(
            ['name', 'id', 'trusted', 'since', 'its files', 'may introduce'],
            wanted.map((peer) => rowOf(peer, peers)),
          ),
    );
    return 0;
  });
}

async function letIntroduce(session: Session, name: string | undefined, answer: 'yes' | 'no'): Promise<void> {
  if (name === undefined) throw new Failure(2, 'Say which device: “openrelay peers PEER --may-introduce no”.');
  const { peers } = await session.ask('peers', {});
  const { id, kind } = findPeer(peers, name);
  if (kind === 'legacy') throw new Failure(1, 'A Windows app introduces nobody: there is nothing to allow.');
  await session.ask('let-introduce', { peerId: id, mayIntroduce: answer });
}

function answerOf(text: string): 'yes' | 'no' {
  if (text === 'yes' || text === 'no') return text;
  throw new Failure(2, `--may-introduce is yes or no, not ${text}.`);
}

function rowOf(peer: PeerView, peers: readonly PeerView[]): string[] {
  const calledItself = peer.name === peer.ownName ? '' : ` (${peer.ownName})`;
  const name = printableLine(`${peer.name}${calledItself}`);
  const { id, since, accept, mayIntroduce } = peer;
  return [name, id.slice(0, 8), trustOf(peer, peers), instantText(since), acceptWords[accept], mayIntroduce];
}

export const acceptWords = { all: 'taken', ask: 'asked about', none: 'refused' } as const;

function trustOf({ kind, introducedBy }: PeerView, peers: readonly PeerView[]): string {
  switch (kind) {
    case 'paired':
      return 'paired';
    case 'introduced':
      return `introduced by ${introducedBy === undefined ? 'another' : nameOf(peers, introducedBy)}`;
    case 'legacy':
      return legacyNotice;
    default:
      return kind satisfies never;
  }
}
