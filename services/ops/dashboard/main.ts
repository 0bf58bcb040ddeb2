import type { ClusterAnswer } from './answers.js';
import { Backoff } from './backoff.js';
import { showBandwidth } from './bandwidth.js';
import { Charts } from './charts.js';
import { showFigures } from './figures.js';
import { JobsPanel } from './jobs.js';
import { showLedger } from './ledger.js';
import { NodesPanel } from './nodes.js';
import { Staleness } from './staleness.js';
import { follow } from './stream.js';
import { startTheme } from './theme.js';
import { showTime, showVerdict } from './verdict.js';

const charts = new Charts();
const nodes = new NodesPanel();
const jobs = new JobsPanel();
const staleness = new Staleness(Date.now());
let latest: ClusterAnswer | undefined;

function judge(): void {
  showVerdict(latest, staleness.at(Date.now()));
}

function show(cluster: ClusterAnswer): void {
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
