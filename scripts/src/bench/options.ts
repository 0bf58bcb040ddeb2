/** The command line of the bench. */
import { numberOption, parseOptions, UsageError } from '@openrelay/launch';
import type { Conditions } from './load/plan';
import { defaultScenarios, type ScenarioName, scenarios } from './scenarios';

export type BenchOptions = {
  scenarios: readonly ScenarioName[];
  /** What the user set for every scenario; what is absent is the scenario's own default. */
  overrides: Partial<Conditions>;
  /** Undefined: as many as there are cores beside the relay's. */
  workers: number | undefined;
  redisUrl: string | undefined;
  output: 'table' | 'json';
};

/** `read` throws a UsageError for what it cannot be. */
type Option = { argument: string; meaning: string; read(text: string, name: string): unknown };

// The bounds keep a mistyped figure from filling the machine's memory, ports or open files.
const options: Record<string, Option> = {
  scenario: {
    argument: 'A,B',
    meaning: `what to measure [${defaultScenarios.join(',')}]`,
    read: (text) => text.split(',').map(scenarioNamed),
  },
  seconds: number(1, 600, 'measured span of each round'),
  warmup: number(0, 60, 'seconds of load before each measured span'),
  connections: number(2, 36_000, 'devices, in pairs: an even number'),
  window: number(1, 1_000, 'closed loop: messages under way for each sender'),
  rate: number(1, 100_000, 'open loop: messages a second in all'),
  size: number(1, 700_000, 'bytes of encrypted_data'),
  edges: number(1, 16, 'edges of the cluster'),
  rounds: number(1, 100, 'closed loop: spans for each relay, in turn'),
  queued: number(1_000, 10_000_000, 'sweep: messages that wait in queues'),
  workers: number(1, 16, 'processes of the load generator'),
  senders: word(['half', 'all'], 'one end of each pair sends, or both'),
  placement: word(['cross', 'local'], 'the ends of a pair on different edges, or on one'),
  'redis-url': {
    argument: 'URL',
    meaning: 'a Redis to use instead of starting one for each scenario; its data is added to',
    read: checkedRedisUrl,
  },
};

export function readOptions(args: readonly string[]): BenchOptions {
  const strings = Object.fromEntries(Object.keys(options).map((name) => [name, { type: 'string' } as const]));
  const { json, ...texts } = parseOptions({ args, options: { ...strings, json: { type: 'boolean' } } }).values;
  const values = Object.entries(texts).map(([name, text]) => [name, options[name]!.read(String(text), name)]);
  const { scenario = defaultScenarios, workers, 'redis-url': redisUrl, ...overrides } = Object.fromEntries(values);
  return { scenarios: scenario, overrides, workers, redisUrl, output: json ? 'json' : 'table' };
}

export function helpText(): string {
  const row = (name: string, meaning: string) => `  ${name.padEnd(25)} ${meaning}`;
  const rows = Object.entries(options).map(([name, { argument, meaning }]) => row(`--${name} ${argument}`, meaning));
  const [scenario = '', ...others] = rows;
  return [
    'Usage: npm run bench -- [options]',
    '',
    'Starts clusters of its own on this machine and measures them. Messages on stderr, the report on stdout.',
    '',
    scenario,
    ...Object.entries(scenarios).map(([name, { summary }]) => row(`    ${name}`, summary)),
    ...others,
    row('--json', 'the report as one JSON document: npm run --silent bench -- --json > report.json'),
    row('--help', 'this text'),
    '',
    'What is not given is the default of each scenario; the goals are for the defaults.',
    'Ends with 0 when nothing was lost, duplicated or corrupted, with 1 otherwise, with 2 when it was called wrongly, with 130 by Ctrl-C.',
  ].join('\n');
}

function number(least: number, most: number, what: string): Option {
  const read: Option['read'] = (text, name) => numberOption(name, text, { least, most });
  return { argument: 'N', meaning: `${what} (${least} to ${most})`, read };
}

function word(allowed: readonly string[], meaning: string): Option {
  const read: Option['read'] = (text, name) => {
    if (allowed.includes(text)) return text;
    throw new UsageError(`--${name} is "${text}"; it must be ${allowed.join(' or ')}.`);
  };
  return { argument: allowed.join('|'), meaning, read };
}

function scenarioNamed(name: string): ScenarioName {
  if (Object.hasOwn(scenarios, name)) return name as ScenarioName;
  throw new UsageError(`--scenario names "${name}"; there are: ${Object.keys(scenarios).join(', ')}.`);
}

function checkedRedisUrl(text: string): string {
  if (URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError('--redis-url must begin with redis:// or rediss:// and be a whole URL.');
}
