import { bytesText, legacyNotice } from '@openrelay/client';
import type { Trouble } from '../holding/troubles';
import { nameOf } from '../session/find-peer';
import { printableLine } from '../terminal/printable';
import { factLines } from '../terminal/table';
import { counted, instantText } from '../terminal/units';
import type { PeerView, StatusView, TransferView } from '../work/works';
import type { Commands } from './commands';

export function registerStatus({ program, act }: Commands): void {
  const command = program
    .command('status')
    .description('whether this device is connected, what is under way, and what went wrong lately')
    .option('--seen', 'forget what went wrong lately, once it is told');
  act(command, async (session) => {
    const agent = await session.agent();
    const status = await session.ask('status', {});
    const { peers } = await session.ask('peers', {});
    session.voice.tell({ agent, ...status }, () => [
      ...factLines(factsOf(status, agent, peers)),
      ...status.transfers.map((transfer) => transferLine(transfer, peers)),
      ...status.notices.map((notice) => session.voice.paint('yellow', notice)),
      ...troubleLines(status.troubles, (line) => session.voice.paint('yellow', line)),
    ]);
    const last = status.troubles.at(-1);
    if (command.opts<{ seen?: true }>().seen && last !== undefined) await session.ask('seen', { untilMs: last.at });
    const isWell = agent === 'runs' && status.link.is === 'connected' && status.notices.length === 0;
    return isWell ? 0 : 1;
  });
}

function factsOf(status: StatusView, agent: 'runs' | 'none', peers: readonly PeerView[]): [string, string][] {
  const waiting = status.waiting === 0 ? [] : [['waiting', counted(status.waiting, 'message')] as [string, string]];
  return [
    ['this device', `${printableLine(status.name)} (${status.id.slice(0, 8)})`],
    [
      'agent',
      agent === 'runs' ? `runs (process ${status.pid}, version ${status.version})` : 'does not run: “openrelay up”',
    ],
    ['relay', `${status.relay}${agent === 'runs' ? `, ${linkWords(status)}` : ''}`],
    ['peers', peers.length === 0 ? 'none: “openrelay pair”' : String(peers.length)],
    ...legacyFacts(peers),
    ...waiting,
  ];
}

function legacyFacts(peers: readonly PeerView[]): [string, string][] {
  const names = peers.filter(({ kind }) => kind === 'legacy').map(({ name }) => printableLine(name));
  return names.length === 0 ? [] : [[names.join(', '), legacyNotice]];
}

function linkWords({ link }: StatusView): string {
  switch (link.is) {
    case 'connected':
      return 'connected';
    case 'connecting':
    case 'idle':
      return 'connecting';
    case 'waiting':
    case 'stopped':
      return `not connected. ${link.why}`;
    default:
      return link.is satisfies never;
  }
}

function transferLine(
  { direction, peerId, name, size, bytes, phase }: TransferView,
  peers: readonly PeerView[],
): string {
  const whole = size === undefined ? '' : ` of ${bytesText(size)}`;
  const far = bytes === undefined ? whole.replace(/^ of /, ', ') : `, ${bytesText(bytes)}${whole}`;
  return `${direction === 'in' ? 'from' : 'to'} ${nameOf(peers, peerId)}: ${printableLine(name)}${far} (${phase})`;
}

/** What was told while nobody looked. */
function troubleLines(troubles: readonly Trouble[], paint: (line: string) => string): string[] {
  if (troubles.length === 0) return [];
  const lines = troubles.map(({ at, ...trouble }) => paint(`${instantText(at)}  ${timesSentence(trouble)}`));
  return ['Lately (“openrelay status --seen” clears this list):', ...lines];
}

/** Of what was told so often. */
export function timesSentence({ sentence, times }: Pick<Trouble, 'sentence' | 'times'>): string {
  return times === 1 ? printableLine(sentence) : `${times} times: ${printableLine(sentence)}`;
}
