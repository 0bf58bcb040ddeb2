/** The command line of the bench. */
import { type NumberRange, numberOption, parseOptions, UsageError } from '@openrelay/launch';
import type { Conditions } from './measuring/conditions';
import { defaultScenarios, type ScenarioName, scenarios } from './scenarios';

export type BenchOptions = {
  scenarios: ScenarioName[];
  /** What the user set for every scenario; what is absent is the scenario's own default. */
  overrides: Partial<Conditions>;
  /** Undefined: as many as there are cores beside the relay's. */
  workers: number | undefined;
  redisUrl: string | undefined;
  output: 'table' | 'json';
};

// The bounds keep a mistyped figure from filling the machine's memory, ports or open files.
const numberOptions = {
  seconds: { least: 1, most: 600, meaning: 'measured span of each round' },
  warmup: { least: 0, most: 60, meaning: 'seconds of load before each measured span' },
  connections: { least: 2, most: 36_000, meaning: 'devices, in pairs: an even number' },
  window: { least: 1, most: 1_000, meaning: 'closed loop: messages under way for each sender' },
  rate: { least: 1, most: 100_000, meaning: 'open loop: messages a second in all' },
  size: { least: 1, most: 700_000, meaning: 'bytes of encrypted_data' },
  edges: { least: 1, most: 16, meaning: 'edges of the cluster' },
  rounds: { least: 1, most: 100, meaning: 'closed loop: spans for each relay, in turn' },
  queued: { least: 1_000, most: 10_000_000, meaning: 'sweep: messages that wait in queues' },
  workers: { least: 1, most: 16, meaning: 'processes of the load generator' },
} satisfies Record<string, NumberRange & { meaning: string }>;

const wordOptions = {
  senders: { allowed: ['half', 'all'], meaning: 'one end of each pair sends, or both' },
  placement: { allowed: ['cross', 'local'], meaning: 'the ends of a pair on different edges, or on one' },
};

const ownValue = { type: 'string' } as const;
const parsed: Record<string, { type: 'string' | 'boolean' }> = {
  scenario: ownValue,
  ...Object.fromEntries(Object.keys({ ...numberOptions, ...wordOptions }).map((name) => [name, ownValue])),
  'redis-url': ownValue,
  json: { type: 'boolean' },
};

export function readOptions(args: readonly string[]): BenchOptions {
  const { json = false, ...values } = parseOptions({ args, options: parsed }).values;
  const { scenario, 'redis-url': redisUrl, ...conditions } = values as Record<string, string | undefined>;
  const { workers, ...overrides } = Object.fromEntries(
    Object.entries(conditions).map(([name, text = '']) => [name, conditionOf(name, text)]),
  );
  return {
    scenarios: scenario === undefined ? [...defaultScenarios] : scenario.split(',').map(scenarioNamed),
    overrides: overrides as Partial<Conditions>,
    workers: workers as number | undefined,
    redisUrl: redisUrl === undefined ? undefined : checkedRedisUrl(redisUrl),
    output: json ? 'json' : 'table',
  };
}

export function helpText(): string {
  const row = (name: string, meaning: string) => `  ${name.padEnd(25)} ${meaning}`;
  return [
    'usage: npm run bench -- [options]',
    '',
    'Starts clusters of its own on this machine and measures them. Messages on stderr, the report on stdout.',
    '',
    row('--scenario A,B', `what to measure [${defaultScenarios.join(',')}]`),
    ...Object.entries(scenarios).map(([name, { summary }]) => row(`    ${name}`, summary)),
    ...Object.entries(numberOptions).map(([name, { least, most, meaning }]) =>
      row(`--${name} N`, `${meaning} (${least} to ${most})`),
    ),
    ...Object.entries(wordOptions).map(([name, { allowed, meaning }]) =>
      row(`--${name} ${allowed.join('|')}`, meaning),
    ),
    row('--redis-url URL', 'a Redis to use instead of starting one for each scenario; its data is added to'),
    row('--json', 'the report as one JSON document: npm run --silent bench -- --json > report.json'),
    row('--help', 'this text'),
    '',
    'What is not given is the default of each scenario; the goals are for the defaults.',
    'exit: 0 nothing lost, duplicated or corrupted; 1 otherwise, also when a relay failed; 2 wrong usage; 130 stopped by Ctrl-C',
  ].join('\n');
}

function conditionOf(name: string, text: string): number | string {
  if (name === 'senders' || name === 'placement') return wordOf(name, text);
  const value = numberOption(name, text, numberOptions[name as keyof typeof numberOptions]);
  if (name === 'connections' && value % 2 === 1) throw new UsageError(`--connections is ${text}; it must be even.`);
  return value;
}

function wordOf(name: keyof typeof wordOptions, text: string): string {
  const { allowed } = wordOptions[name];
  if (allowed.includes(text)) return text;
  throw new UsageError(`--${name} is "${text}"; it must be ${allowed.join(' or ')}.`);
}

function scenarioNamed(name: string): ScenarioName {
  if (Object.hasOwn(scenarios, name)) return name as ScenarioName;
  throw new UsageError(`--scenario names "${name}"; there are: ${Object.keys(scenarios).join(', ')}.`);
}

function checkedRedisUrl(text: string): string {
  if (URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError('--redis-url must begin with redis:// or rediss:// and be a whole URL.');
}
