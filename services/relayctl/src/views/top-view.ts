import { facts } from '../text/facts';
import { type Line, plain } from '../text/line';
import { counted } from '../text/units';
import { nodesView } from './nodes-view';
import { type Shown, statusFacts } from './status-view';
import { verdictLines } from './verdict-view';

/** What matters most is above: on a low terminal the lines below are missing. @param verdict in place of the cluster's own */
export function topView(cluster: Shown, width: number, verdict = verdictLines(cluster, width)): Line[] {
  const { atMs, nodes, connections } = cluster;
  const time = `${new Date(atMs).toISOString().slice(11, 19)} UTC`;
  return [
    ...verdict,
    [{ text: `${time}  ${counted(nodes.length, 'node')}  ${counted(connections, 'connection')}`, colour: 'bold' }],
    plain(''),
    ...nodesView(nodes, atMs, width),
    plain(''),
    ...facts(statusFacts(cluster), width),
  ];
}
