import { closestName } from './closest-name';
import { withRedisAccess } from './redis-access';
import { withoutPassword } from './redis-url';
import type { Setting } from './setting';
import { rowOf, type SettingKey, type Settings, settingKeys } from './settings-table';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Its message lists every problem, one sentence a line. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** Settings of an empty environment. */
export function defaultSettings(): Settings {
  return readSettings({}).settings;
}

/**
 * An empty variable counts as unset. The URL of Redis gets the user and the password that were given beside it.
 * @throws SettingsError when any variable has a value that is not allowed
 */
export function readSettings(env: Environment): { settings: Settings; warnings: string[] } {
  const problems: string[] = [];
  const values: Partial<Record<SettingKey, unknown>> = {};
  for (const key of settingKeys) {
    const row = rowOf(key);
    const text = env[row.name] || undefined;
    const value = text === undefined ? row.default : row.parse(text);
    if (value === undefined) problems.push(refusalOf(row, text ?? ''));
    values[key] = value;
  }
  if (problems.length > 0) throw new SettingsError(problems);

  const settings = withThresholdOfLimit(values as Settings, env);
  const access = withRedisAccess(settings);
  const conflicts = [...conflictsIn(settings), ...('problems' in access ? access.problems : [])];
  if (conflicts.length > 0 || 'problems' in access) throw new SettingsError(conflicts);
  return {
    settings: { ...settings, redisUrl: access.redisUrl },
    warnings: [...unknownNames(env), ...doubtsAbout(settings), ...access.warnings],
  };
}

/** Whoever lowers the monthly limit alone means the threshold to follow it. */
function withThresholdOfLimit(settings: Settings, env: Environment): Settings {
  if (env[rowOf('warningThresholdBytes').name]) return settings;
  const limit = settings.monthlyLimitBytes;
  return { ...settings, warningThresholdBytes: Math.max(1, limit - Math.floor(limit / 20)) };
}

function conflictsIn(settings: Settings): string[] {
  return [...thresholdConflict(settings), ...tlsConflict(settings)];
}

function tlsConflict({ tlsCertFile, tlsKeyFile }: Settings): string[] {
  if ((tlsCertFile === '') === (tlsKeyFile === '')) return [];
  const [set, missing] = tlsCertFile === '' ? ['KEY', 'CERT'] : ['CERT', 'KEY'];
  return [`RELAY_TLS_${set}_FILE is set but RELAY_TLS_${missing}_FILE is not: TLS needs both.`];
}

function thresholdConflict(settings: Settings): string[] {
  if (settings.warningThresholdBytes <= settings.monthlyLimitBytes) return [];
  return [
    `RELAY_WARNING_THRESHOLD_BYTES is ${settings.warningThresholdBytes}, but must not be above ` +
      `RELAY_MONTHLY_LIMIT_BYTES, which is ${settings.monthlyLimitBytes}.`,
  ];
}

function doubtsAbout(settings: Settings): string[] {
  if (settings.queueMaxBytes >= settings.maxFrameBytes) return [];
  return [
    `RELAY_QUEUE_MAX_BYTES is ${settings.queueMaxBytes}, less than one frame of RELAY_MAX_FRAME_BYTES ` +
      `(${settings.maxFrameBytes}), so that the largest messages are always refused (413).`,
  ];
}

function unknownNames(env: Environment): string[] {
  const known = settingKeys.map((key) => rowOf(key).name);
  return Object.keys(env)
    .filter((name) => name.startsWith('RELAY_') && !known.includes(name))
    .sort()
    .map((name) => {
      const closest = closestName(name, known);
      return `${name} is not a setting and has no effect${closest === undefined ? '.' : `; did you mean ${closest}?`}`;
    });
}

/** The sentences for a text that is not allowed. @param name where it was given, if not in the environment */
export function refusalOf(
  { name, allowed, isSecret, explain }: Pick<Setting<unknown>, 'name' | 'allowed' | 'isSecret' | 'explain'>,
  text: string,
  given = name,
): string {
  if (text.endsWith('\r')) {
    return `${given} ends with a carriage return (\\r), as in a file with the line ends of Windows: save it with those of Unix.`;
  }
  const why = explain?.(text);
  const shown = isSecret ? 'not shown here' : quoted(text);
  return `${given} is ${shown}, but must be ${allowed}.${why === undefined ? '' : ` ${why}`}`;
}

function quoted(text: string): string {
  const safe = withoutPassword(text);
  return JSON.stringify(safe.length > 80 ? `${safe.slice(0, 80)}…` : safe);
}
