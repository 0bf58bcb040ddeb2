import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '@openrelay/launch';
import { type Audit, agreedShards, Ledger, RedisLink } from '@openrelay/state';

const help = `Usage: npm run ledger:check [-- --json]

Compares what the relay has counted (accepted, acked, expired) with what lies in the queues, shard by shard.
The Redis is that of REDIS_URL, else that of the cluster which ./scripts/up runs.

Ends with 0 when all shards balance, with 1 when one does not, with 2 when it was called wrongly, and with 3 when
Redis cannot be asked or a shard was too busy to be counted.
`;

function redisUrl(): string {
  if (process.env.REDIS_URL) return process.env.REDIS_URL;
  try {
    return JSON.parse(readFileSync(`${repositoryRoot}/.data/cluster.json`, 'utf8')).redisUrl;
  } catch {
    throw new Error('No cluster runs here, and REDIS_URL is not set: say with it which Redis to ask.');
  }
}

function describe(shard: number, audit: Audit): string {
  if (audit.status === 'busy') return `shard ${shard}: too busy to be counted; try again`;
  const { accepted, acked, expired, queued } = audit.books;
  const sum = `${accepted} accepted = ${acked} acked + ${expired} expired + ${queued} queued`;
  return audit.status === 'balanced' ? `shard ${shard}: ${sum}` : `shard ${shard}: ${sum} + ${audit.missing} MISSING`;
}

async function check(print: (shard: number, audit: Audit) => void): Promise<0 | 1 | 3> {
  const link = new RedisLink({ url: redisUrl(), commandTimeoutMs: 5000, monotonicMs: () => performance.now() });
  try {
    await link.connect(5000);
    const shards = await agreedShards(link);
    if (shards === undefined) throw new Error('This Redis has never served a relay.');
    const ledger = new Ledger(link);
    let code: 0 | 1 | 3 = 0;
    for (let shard = 0; shard < shards; shard += 1) {
      const audit = await ledger.audit(shard);
      print(shard, audit);
      if (audit.status === 'unbalanced') code = 1;
      else if (audit.status === 'busy' && code === 0) code = 3;
    }
    return code;
  } finally {
    link.close();
  }
}

// A reader that goes away, as `head` does.
process.stdout.on('error', () => process.exit(0));

async function main(): Promise<number> {
  let options: { json?: boolean; help?: boolean };
  try {
    options = parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean' } } }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${help}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  return check((shard, audit) => {
    process.stdout.write(`${options.json ? JSON.stringify({ shard, ...audit }) : describe(shard, audit)}\n`);
  });
}

main().then(
  (code) => process.exit(code),
  (error) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(3);
  },
);
