/** The command line of the bench. */
import { numberOption, parseOptions, UsageError } from '@openrelay/launch';
import type { Conditions } from './load/plan';
import { comparable, defaultScenarios, type ScenarioName, scenarios } from './scenarios';

export type BenchOptions = {
  scenarios: readonly ScenarioName[];
  /** What the user set for every scenario; what is absent is the scenario's own default. */
  overrides: Partial<Conditions>;
  /** Undefined: as many as there are cores beside the relay's. */
  workers: number | undefined;
  redisUrl: string | undefined;
  output: 'table' | 'json';
};

/** @property rounds over both trees */
export type CompareOptions = BenchOptions & { ref: string; rounds: number };

const defaultRounds = 3;

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
  connections: number(2, 36_000, 'devices with sockets, in pairs: an even number'),
  window: number(1, 1_000, 'closed loop: messages under way for each sender'),
  rate: number(1, 100_000, 'open loop: messages a second in all'),
  size: number(1, 700_000, 'bytes of encrypted_data'),
  edges: number(1, 16, 'edges of the cluster'),
  rounds: number(1, 100, 'how often it is measured'),
  queued: number(1, 10_000_000, 'messages that wait in queues'),
  registered: number(1, 10_000_000, 'devices registered in Redis, without a socket'),
  nodes: number(2, 256, 'wide: edges that are simulated'),
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
  const { positionals, ...bench } = read(args);
  if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" is no option.`);
  return bench;
}

/** Of `bench:compare`: its rounds go over both trees, and each begins its relays anew. */
export function readCompareOptions(args: readonly string[]): CompareOptions {
  const { positionals, ...bench } = read(args, ['throughput']);
  const [ref, ...others] = positionals;
  if (ref === undefined || others.length > 0) throw new UsageError('Name one commit to compare with, such as HEAD~1.');
  const closed = bench.scenarios.filter((name) => !comparable.includes(name));
  if (closed.length > 0) {
    throw new UsageError(`${closed.join(', ')} cannot be compared: another tree may keep other things in Redis.`);
  }
  const { rounds = defaultRounds, ...overrides } = bench.overrides;
  return { ...bench, ref, rounds, overrides: { ...overrides, rounds: 1 } };
}

function read(args: readonly string[], scenariosByDefault = defaultScenarios) {
  const strings = Object.fromEntries(Object.keys(options).map((name) => [name, { type: 'string' } as const]));
  const allowed = { ...strings, json: { type: 'boolean' } } as const;
  const { values: given, positionals } = parseOptions({ args, options: allowed, allowPositionals: true });
  const { json, ...texts } = given;
  const values = Object.entries(texts).map(([name, text]) => [name, options[name]!.read(String(text), name)]);
  const { scenario = scenariosByDefault, workers, 'redis-url': redisUrl, ...overrides } = Object.fromEntries(values);
  const output = json ? ('json' as const) : ('table' as const);
  const bench: BenchOptions = { scenarios: scenario, overrides, workers, redisUrl, output };
  return { ...bench, positionals };
}

export function helpText(): string {
  const [scenario = '', ...others] = optionRows();
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

export function compareHelpText(): string {
  const [, ...others] = optionRows();
  return [
    'Usage: npm run bench:compare -- REF [options]',
    '',
    'Builds the commit REF in a temporary folder, and measures its relays and those of this tree in turn. Messages on stderr.',
    '',
    row('--scenario A,B', `one or more of ${comparable.join(', ')} [throughput]`),
    ...others,
    row('--json', 'the comparison as one JSON document'),
    row('--help', 'this text'),
    '',
    'REF is installed by npm ci where its package-lock.json differs. What is not committed here is measured, too.',
    'Ends with 0, with 1 when this tree lost, duplicated or corrupted something or REF cannot be built, with 2 when it was called',
    'wrongly or there is no such commit, with 130 by Ctrl-C.',
  ].join('\n');
}

function optionRows(): string[] {
  return Object.entries(options).map(([name, { argument, meaning }]) => row(`--${name} ${argument}`, meaning));
}

function row(name: string, meaning: string): string {
  return `  ${name.padEnd(25)} ${meaning}`;
}

function number(least: number, most: number, what: string): Option {
  const read: Option['read'] = (text, name) => numberOption(name, text, { least, most });
  return { argument: 'N', meaning: `${what} (${least} to ${most})`, read };
}

function word(allowed: readonly string[], meaning: string): Option {
  const read: Option['read'] = (text, name) => {
    if (allowed.includes(text)) return text;
    throw new UsageError(`--${name} is "${text}", but must be ${allowed.join(' or ')}.`);
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
