/** How much memory of an edge a registered device takes that says nothing. */
import { startCluster } from '../cluster';
import { figure } from '../figure';
import { Load } from '../load/load';
import { measure } from '../measure';
import { residentBytes, sum } from '../process-usage';
import { withResources } from '../resources';
import type { Scenario, ScenarioContext, ScenarioResult } from '../scenario';
import { summarize } from '../span-summary';
import { COMMON_CONDITIONS, planFor, plural, workersFor } from './conditions';

export const idle: Scenario = {
  summary: 'registered devices that say nothing: memory of the edge for each',
  defaults: { ...COMMON_CONDITIONS, connections: 10_000 },
  run,
};

async function run(context: ScenarioContext): Promise<ScenarioResult> {
  const { connections, edges, seconds } = context.conditions;
  return withResources(async (resources) => {
    const cluster = await startCluster(resources, edges, context.redisUrl);
    const before = sum(cluster.edgePids.map(residentBytes));
    const plan = planFor(context.conditions, cluster.ports, { kind: 'idle' });
    const load = resources.keep(new Load(workersFor(context), context.signal));
    const watched = { edge: cluster.edgePids };
    const measured = await measure(load, plan, { warmupSeconds: 0, seconds }, watched, context.signal);
    const after = measured.residentBytes.edge ?? null;
    const each = before === null || after === null ? null : (after - before) / connections;
    return {
      description: `${connections} idle connections, ${plural(edges, 'edge')}, looked at ${seconds} s after the last came`,
      redisVersion: cluster.redisVersion,
      figures: [
        figure('edge RSS before', 'bytes', before),
        figure('edge RSS after', 'bytes', after),
        figure('edge RSS, each connection', 'bytes', each, { comparison: 'at most', limit: 8_192 }),
      ],
      spans: [summarize('edge', measured)],
      totals: measured.load.totals,
      notes: measured.notes,
    };
  });
}
