import type { ClusterView } from '@openrelay/overview';
import { startTheme } from './page/theme.js';
import { showBandwidth } from './panels/bandwidth.js';
import { Charts } from './panels/charts.js';
import { showFigures } from './panels/figures.js';
import { JobsPanel } from './panels/jobs.js';
import { showLedger } from './panels/ledger.js';
import { NodesPanel } from './panels/nodes.js';
import { showTime, showVerdict } from './panels/verdict.js';
import { Backoff } from './stream/backoff.js';
import { Staleness } from './stream/staleness.js';
import { follow } from './stream/stream.js';

const charts = new Charts();
const nodes = new NodesPanel();
const jobs = new JobsPanel();
const staleness = new Staleness(Date.now());
let latest: ClusterView | undefined;

function judge(): void {
  showVerdict(latest, staleness.at(Date.now()));
}

function show(cluster: ClusterView): void {
  latest = cluster;
  staleness.heard(Date.now());
  showFigures(cluster);
  nodes.show(cluster);
  jobs.show(cluster);
  showLedger(cluster);
  showBandwidth(cluster);
  charts.add(cluster);
  showTime(cluster.atMs);
  judge();
}

function trouble(why: string): void {
  staleness.trouble(why);
  judge();
}

startTheme(() => charts.repaint());
setInterval(judge, 1000);
void follow({ opened: () => charts.restart(), cluster: show, trouble }, new Backoff(Math.random)); // never ends
