/** The command line of the bench. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Conditions } from './scenario';
import { defaultScenarios, type ScenarioName, scenarios } from './scenarios';
import { UsageError } from './usage-error';

type NumberName = keyof typeof numberOptions;
type WordName = keyof typeof wordOptions;

export type BenchOptions = {
  scenarios: ScenarioName[];
  /** What the user set for every scenario; what is absent is the scenario's own default. */
  overrides: Partial<Conditions>;
  /** Undefined: as many as there are cores beside the relay's. */
  workers: number | undefined;
  redisUrl: string | undefined;
  output: 'table' | 'json';
};

export type Command = { kind: 'help' } | { kind: 'run'; options: BenchOptions };

type Range = { least: number; most: number; meaning: string };

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
} satisfies Record<string, Range>;

const wordOptions = {
  senders: { allowed: ['half', 'all'], meaning: 'one end of each pair sends, or both' },
  placement: { allowed: ['cross', 'local'], meaning: 'the ends of a pair on different edges, or on one' },
} as const;

const argsConfig = {
  scenario: { type: 'string' },
  'redis-url': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
  ...Object.fromEntries(
    [...Object.keys(numberOptions), ...Object.keys(wordOptions)].map((name) => [name, { type: 'string' }]),
  ),
} satisfies ParseArgsConfig['options'];

type Values = Record<string, string | boolean | undefined>;

export function parseCommand(args: readonly string[]): Command {
  const values = parse(args);
  if (values.help === true) return { kind: 'help' };
  const { workers, ...numbers } = numbersOf(values);
  return {
    kind: 'run',
    options: {
      scenarios: scenariosOf(values.scenario as string | undefined),
      overrides: { ...numbers, ...wordsOf(values) },
      workers,
      redisUrl: redisUrlOf(values['redis-url'] as string | undefined),
      output: values.json === true ? 'json' : 'table',
    },
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
    'exit: 0 nothing lost, duplicated or corrupted; 1 otherwise, also when a relay failed; 2 wrong usage; 130 stopped',
  ].join('\n');
}

function parse(args: readonly string[]): Values {
  try {
    return parseArgs({ args: [...args], options: argsConfig, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function numbersOf(values: Values): Partial<Record<NumberName, number>> {
  const numbers: Partial<Record<NumberName, number>> = {};
  for (const name of Object.keys(numberOptions) as NumberName[]) {
    const text = values[name];
    if (typeof text === 'string') numbers[name] = numberOf(name, text);
  }
  return numbers;
}

function wordsOf(values: Values): Partial<Pick<Conditions, WordName>> {
  const words: Record<string, string> = {};
  for (const [name, { allowed }] of Object.entries(wordOptions)) {
    const text = values[name];
    if (text === undefined) continue;
    if (!allowed.some((word) => word === text)) {
      throw new UsageError(`--${name} is "${text}"; it must be ${allowed.join(' or ')}.`);
    }
    words[name] = text as string;
  }
  return words;
}

function numberOf(name: NumberName, text: string): number {
  const { least, most } = numberOptions[name];
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new UsageError(`--${name} is "${text}"; it must be a whole number from ${least} to ${most}.`);
  }
  if (name === 'connections' && value % 2 === 1) throw new UsageError(`--connections is ${text}; it must be even.`);
  return value;
}

function scenariosOf(text: string | undefined): ScenarioName[] {
  if (text === undefined) return [...defaultScenarios];
  return text.split(',').map((name) => {
    if (Object.hasOwn(scenarios, name)) return name as ScenarioName;
    throw new UsageError(`--scenario names "${name}"; there are: ${Object.keys(scenarios).join(', ')}.`);
  });
}

function redisUrlOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'redis:' || url.protocol === 'rediss:')) return text;
  throw new UsageError('--redis-url must begin with redis:// or rediss:// and be a whole URL.');
}
