import { legacyNotice } from '@openrelay/client';
import { printableLine } from '../terminal/printable';
import type { PeerView } from '../work/works';

export type ClipState = {
  readonly mode: 'on' | 'off';
  /** Behind this machine's clipboard; absent where none can be shared. */
  readonly tool?: string;
  readonly why?: string;
  readonly agent: 'runs' | 'none';
  readonly peers: readonly (Pick<PeerView, 'id' | 'name' | 'kind'> & { readonly clipboard: 'shared' | 'not shared' })[];
};

export function clipLines({ mode, tool, why, agent, peers }: ClipState): string[] {
  if (tool === undefined) return [`The clipboard can’t be shared. ${why}`];
  if (mode === 'off') return ['The clipboard is not shared: “openrelay clip on” begins.'];
  const shared = peers.filter(({ clipboard }) => clipboard === 'shared');
  const others = peers.filter(({ clipboard }) => clipboard === 'not shared');
  const legacy = shared.filter(({ kind }) => kind === 'legacy');
  const whileUp = agent === 'none' ? ' while “openrelay up” runs, which it does not now' : '';
  return [
    `The clipboard is shared with ${namesOf(shared, peers)}${whileUp}, through ${tool}.`,
    ...(others.length === 0 ? [] : [`Not with ${listed(others)}.`]),
    ...legacy.map((peer) => `${printableLine(peer.name)} is ${legacyNotice}, and so what is copied.`),
  ];
}

function namesOf(shared: ClipState['peers'], peers: ClipState['peers']): string {
  if (peers.length === 0) return 'every device that is paired with this one (none yet)';
  return shared.length === 0 ? 'nobody' : listed(shared);
}

function listed(peers: ClipState['peers']): string {
  const names = peers.map(({ name }) => printableLine(name));
  const last = names.pop() ?? '';
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`;
}
