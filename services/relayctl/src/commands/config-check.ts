import { type Environment, readSettings, type Settings, SettingsError, withoutPassword } from '@openrelay/config';
import { problemsOfRedis, redisView, sentence } from '@openrelay/overview';
import { agreedShards, type RedisHealth, redisHealth, replicaNamed } from '@openrelay/state';
import type { ExitCode } from '../session/exit-code';
import { findRedisUrl } from '../session/redis-url';
import { type Options, Session } from '../session/session';
import type { World } from '../session/world';
import { type Line, plain } from '../text/line';
import { counted } from '../text/units';

const oldestMajor = 7;

type Findings = { problems: string[]; warnings: string[] };

/** What an edge that started with this environment would say, and whether its Redis is set up for the relay. */
export async function configCheck(world: World, options: Options): Promise<ExitCode> {
  const read = settingsIn(world.env);
  if ('problems' in read) return report(world, options, read);
  const redisUrl = findRedisUrl(world, options.redis);
  return Session.with(world, { ...options, redis: redisUrl }, async ({ link }) => {
    const masters = await redisHealth(link);
    const agreed = await agreedShards(link);
    const problems = [
      ...shardProblems(agreed, read.settings),
      ...(masters === undefined ? [] : healthProblems(masters, read.settings)),
    ];
    const warnings = [
      ...read.warnings,
      ...(masters?.flatMap((master) => redisWarnings(master, read.settings)) ?? [unasked]),
    ];
    const verdict = warnings.length === 0 ? 'All is right for' : 'Usable, but see above:';
    return report(world, options, { problems, warnings }, `${verdict} Redis at ${withoutPassword(redisUrl)}.`);
  });
}

function settingsIn(env: Environment): Findings | { settings: Settings; warnings: string[] } {
  try {
    return readSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return { problems: [...error.problems], warnings: [] };
    throw error;
  }
}

function shardProblems(agreed: number | undefined, { shards }: Settings): string[] {
  if (agreed === undefined || agreed === shards) return [];
  return [`RELAY_SHARDS is ${shards}, but this Redis was set up with ${agreed} shards.`];
}

const unasked = 'How Redis is set up is not known: the user that REDIS_URL names may not ask (INFO).';

function healthProblems(masters: readonly RedisHealth[], settings: Settings): string[] {
  return [
    ...masters.flatMap(redisProblems),
    ...replicaProblems(masters, settings),
    ...problemsOfRedis(redisView(masters)).map(sentence),
  ];
}

function redisProblems({ version }: RedisHealth): string[] {
  if (Number.parseInt(version, 10) >= oldestMajor) return [];
  return [`Redis ${version} is too old; version ${oldestMajor}.0 or later is needed.`];
}

function replicaProblems(masters: readonly RedisHealth[], { minReplicas }: Settings): string[] {
  if (masters.some(({ role }) => role === 'replica')) return [replicaNamed];
  const fewest = Math.min(...masters.map(({ replicas }) => replicas));
  if (fewest >= minReplicas) return [];
  return [
    `RELAY_MIN_REPLICAS is ${minReplicas}, but Redis has ${counted(fewest, 'replica')}: every message is answered 503.`,
  ];
}

function redisWarnings({ appendOnly, limitBytes }: RedisHealth, { storeMaxBytes }: Settings): string[] {
  return [
    ...(appendOnly === 'yes'
      ? []
      : ['Redis writes no append-only file: a crash loses queued messages; set appendonly yes.']),
    ...(limitBytes > 0 || storeMaxBytes > 0 ? [] : [unbounded]),
  ];
}

const unbounded =
  'Redis has no maxmemory, and RELAY_STORE_MAX_BYTES is not set: strangers may have messages stored until the machine is full.';

function report(world: World, { json }: Options, findings: Findings, wellSaid = ''): ExitCode {
  const { problems, warnings } = findings;
  const valid = problems.length === 0;
  const lines: Line[] = [
    ...problems.map(plain),
    ...warnings.map((warning) => plain(`Warning: ${warning}`)),
    ...(valid ? [plain(wellSaid)] : []),
  ];
  const text = json
    ? JSON.stringify({ valid, ...findings }, undefined, 2)
    : lines.map(([span]) => span?.text).join('\n');
  world.stdout.write(`${text}\n`);
  return valid ? 0 : 1;
}
