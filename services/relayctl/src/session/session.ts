import { readSettings, SettingsError } from '@openrelay/config';
import { type BandwidthLimits, Overview } from '@openrelay/overview';
import { type RedisLink, RedisUnavailable } from '@openrelay/state';
import { type Line, print } from '../text/line';
import { CalledWrongly, type ExitCode } from './exit-code';
import { explainUnavailable } from './explain-unavailable';
import { findRedisUrl } from './redis-url';
import type { World } from './world';

/** Options that every command has. */
export type Options = { json?: true; redis?: string };

/** One run of a command: what it asks, and where it answers. */
export class Session {
  private constructor(
    readonly world: World,
    readonly json: boolean,
    readonly link: RedisLink,
    readonly overview: Overview,
  ) {}

  /** Opens a session, hands it to the command, and closes it whatever happens. */
  static async with(
    world: World,
    { json, redis }: Options,
    work: (session: Session) => Promise<ExitCode>,
  ): Promise<ExitCode> {
    const limits = limitsIn(world);
    const redisUrl = findRedisUrl(world, redis);
    const link = await connected(world, redisUrl);
    try {
      return await work(new Session(world, json === true, link, new Overview(link, limits)));
    } catch (error) {
      throw explained(error, redisUrl);
    } finally {
      link.close();
    }
  }

  get width(): number {
    return this.world.stdout.columns();
  }

  /** The answer: the value when JSON was asked for, else what it looks like. */
  answer(value: unknown, lines: () => readonly Line[]): void {
    if (this.json) this.world.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
    else this.show(lines());
  }

  show(lines: readonly Line[]): void {
    const { stdout } = this.world;
    stdout.write(lines.map((line) => `${print(line, stdout.colours)}\n`).join(''));
  }
}

/** Of the settings these two alone: another one that is wrong must not keep an operator from looking. */
function limitsIn({ env }: World): BandwidthLimits {
  const { RELAY_MONTHLY_LIMIT_BYTES, RELAY_WARNING_THRESHOLD_BYTES } = env;
  try {
    const { settings } = readSettings({ RELAY_MONTHLY_LIMIT_BYTES, RELAY_WARNING_THRESHOLD_BYTES });
    return { limitBytes: settings.monthlyLimitBytes, thresholdBytes: settings.warningThresholdBytes };
  } catch (error) {
    throw error instanceof SettingsError ? new CalledWrongly(error.message) : error;
  }
}

async function connected(world: World, redisUrl: string): Promise<RedisLink> {
  try {
    return await world.connect(redisUrl);
  } catch (error) {
    throw explained(error, redisUrl);
  }
}

function explained(error: unknown, redisUrl: string): unknown {
  return error instanceof RedisUnavailable ? new Error(explainUnavailable(redisUrl, error.message)) : error;
}
