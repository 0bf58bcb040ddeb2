import { legacyNotice } from '@openrelay/client';
import { nameOf, nobodyPaired } from '../session/find-peer';
import { printableLine } from '../terminal/printable';
import { tableLines } from '../terminal/table';
import { instantText } from '../terminal/units';
import type { PeerView } from '../work/works';
import type { Commands } from './commands';

export function registerPeers({ program, act }: Commands): void {
  act(program.command('peers').description('the devices that this one is paired with'), async (session) => {
    const { peers } = await session.ask('peers', {});
    session.voice.tell({ peers }, () =>
      peers.length === 0
        ? [nobodyPaired]
        : tableLines(
            ['name', 'id', 'trusted', 'since', 'its files'],
            peers.map((peer) => rowOf(peer, peers)),
          ),
    );
    return 0;
  });
}

function rowOf(peer: PeerView, peers: readonly PeerView[]): string[] {
  const calledItself = peer.name === peer.ownName ? '' : ` (${peer.ownName})`;
  const name = printableLine(`${peer.name}${calledItself}`);
  return [name, peer.id.slice(0, 8), trustOf(peer, peers), instantText(peer.since), acceptWords[peer.accept]];
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
