import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot, runToEnd } from '@openrelay/launch';
import { goals } from '../../src/bench/goals';
import { type ScenarioName, scenarios } from '../../src/bench/scenarios';

type Figure = { name: string; value: number | null };
type Report = {
  scenarios: { name: ScenarioName; figures: Figure[]; faults: string[] }[];
  goals: (Figure & { scenario: ScenarioName; ratio: number | null })[];
};

const tiny =
  '--json --seconds 1 --warmup 0 --rounds 1 --connections 8 --edges 1 --rate 100 --queued 1000 --registered 200 --nodes 2';
const hangsAfterMs = 300_000;

async function run(script: string, args: string): Promise<unknown> {
  const words = [process.execPath, join(repositoryRoot, 'scripts/dist', script), ...args.split(' ')];
  const { code, stdout, stderr } = await runToEnd(words, { timeoutMs: hangsAfterMs });
  if (code !== 0) throw new Error(`${script} ${args} ended with ${code}:\n${stderr}\n${stdout}`);
  return JSON.parse(stdout);
}

const groups: ScenarioName[][] = [
  ['throughput', 'throughput-4000', 'throughput-12000', 'large', 'large-400', 'limit'],
  ['latency', 'idle', 'memory', 'storm', 'drain', 'steady', 'sweep'],
  ['flat'],
  ['wide'],
];

test('every scenario is in one of the groups below', () => {
  expect(groups.flat().sort()).toEqual(Object.keys(scenarios).sort());
});

test.concurrent.each(groups.map((group) => [group.join(',')]))(
  'a short form of %s measures every figure and judges every goal, and nothing is lost',
  async (names) => {
    const report = (await run('bench.js', `--scenario ${names} ${tiny}`)) as Report;
    for (const { name, figures, faults } of report.scenarios) {
      expect(faults).toEqual([]);
      expect(figures.length).toBeGreaterThan(0);
      const judged = report.goals.filter(({ scenario }) => scenario === name).map((goal) => goal.name);
      expect(judged).toEqual(Object.keys(goals[name] ?? {}));
    }
  },
  hangsAfterMs,
);
