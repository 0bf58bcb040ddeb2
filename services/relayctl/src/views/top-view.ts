import { faultsOf, type Snapshot } from '@openrelay/overview';
import { facts } from '../text/facts';
import { type Line, plain } from '../text/line';
import { counted } from '../text/units';
import { nodesView } from './nodes-view';
import { statusFacts, type Traffic } from './status-view';
import { verdictLines } from './verdict-view';

/** What matters most is above: on a low terminal the lines below are missing. */
export function topView(snapshot: Snapshot, traffic: Traffic, width: number): Line[] {
  const { atMs, nodes, connections } = snapshot;
  const time = `${new Date(atMs).toISOString().slice(11, 19)} UTC`;
  return [
    ...verdictLines(faultsOf(snapshot), width),
    [{ text: `${time}  ${counted(nodes.length, 'node')}  ${counted(connections, 'connection')}`, colour: 'bold' }],
    plain(''),
    ...nodesView(nodes, atMs, width),
    plain(''),
    ...facts(statusFacts(snapshot, traffic), width),
  ];
}
