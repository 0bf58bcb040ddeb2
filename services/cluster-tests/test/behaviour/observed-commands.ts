import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';

/** What each user asked Redis, in scripts too: one command of each shape. */
export class ObservedCommands {
  private readonly byUser = new Map<string, Map<string, string[]>>();
  private readonly userByAddress = new Map<string, string>();
  private waiting: { address: string; command: string[] }[] = [];
  private asking: NodeJS.Timeout | undefined;

  private constructor(
    private readonly redis: Redis,
    private readonly monitor: Redis,
  ) {}

  /** @param url of a user who may do anything */
  static async of(url: string): Promise<ObservedCommands> {
    const redis = new Redis(url);
    const monitor = await redis.monitor();
    const observed = new ObservedCommands(redis, monitor);
    let asker = '';
    monitor.on('monitor', (_: string, command: string[], source: string) => {
      if (source !== 'lua') asker = source; // a script's commands follow its own
      observed.waiting.push({ address: asker, command });
    });
    observed.asking = setInterval(() => void observed.learnUsers().catch(() => undefined), 20);
    return observed;
  }

  /** @param lone the user of connections that were too short to be asked about */
  async stop(lone: string): Promise<void> {
    clearInterval(this.asking);
    await this.sawAll();
    await this.learnUsers();
    for (const { address, command } of this.waiting) this.note(this.userByAddress.get(address) ?? lone, command);
    this.monitor.disconnect();
    this.redis.disconnect();
  }

  /** Redis tells of commands in their order, on a connection of its own. */
  private async sawAll(): Promise<void> {
    const last = randomUUID();
    const seen = new Promise<void>((resolve) => {
      this.monitor.on('monitor', (_: string, command: string[]) => {
        if (command[1] === last) resolve();
      });
    });
    await this.redis.echo(last);
    await seen;
  }

  of(user: string): string[][] {
    return [...(this.byUser.get(user)?.values() ?? [])];
  }

  private async learnUsers(): Promise<void> {
    const list = String(await this.redis.client('LIST'));
    for (const [, address, user] of list.matchAll(/ addr=(\S+) .* user=(\S+)/g)) {
      // A connection is the default user's until it has logged in.
      if (user !== 'default') this.userByAddress.set(address!, user!);
    }
    const waiting = this.waiting;
    this.waiting = [];
    for (const one of waiting) {
      const user = this.userByAddress.get(one.address);
      if (user === undefined) this.waiting.push(one);
      else this.note(user, one.command);
    }
  }

  private note(user: string, command: string[]): void {
    const commands = this.byUser.get(user) ?? new Map<string, string[]>();
    this.byUser.set(user, commands);
    const [name = '', ...args] = command;
    const isScript = name.toLowerCase().startsWith('eval');
    const shape = isScript ? args.slice(0, 1) : args.slice(0, 4).map((arg) => arg.replace(/[0-9a-f]{4,}|\d+/gi, '#'));
    commands.set(`${name.toLowerCase()} ${shape.join(' ')}`, command);
  }
}

/** Rules of a user whose loss nobody would notice: each command that was asked for is allowed without them. */
export async function needlessRules(
  url: string,
  rules: readonly string[],
  asked: readonly string[][],
): Promise<string[]> {
  const redis = new Redis(url);
  const needless: string[] = [];
  try {
    for (const rule of rules.slice(2)) {
      const others = rules.filter((one) => one !== rule);
      await redis.acl('SETUSER', 'without', ...others);
      const dryRuns = redis.pipeline();
      for (const command of asked) dryRuns.acl('DRYRUN', 'without', ...(command as [string]));
      const answers = await dryRuns.exec();
      const isMissed = answers?.some(([, answer]) => String(answer).includes('no permissions'));
      if (!isMissed) needless.push(rule);
    }
    await redis.acl('DELUSER', 'without');
  } finally {
    redis.disconnect();
  }
  return needless;
}
