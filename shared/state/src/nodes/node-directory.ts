import type { RedisLink } from '../link/redis-link';
import { nodeChannel, nodeKey, nodesKey, shardPrefix } from '../scripts/keys';
import { packFields, RawPack } from '../scripts/message-pack';

/** What a node reports with each heartbeat. */
export type NodeReport = {
  startedAtMs: number;
  connections: number;
  draining: 'yes' | 'no';
  rssBytes: number;
  /** Of one core, since the heartbeat before. */
  cpuPercent: number;
  /** p99 since the heartbeat before. */
  eventLoopDelayMs: number;
  /** The last that was measured. */
  redisRoundTripMs: number;
  /** Accepted, since the heartbeat before. */
  messagesPerSecond: number;
  port: number;
  /** How short the store is of room, 0 to 4, as this node refuses by it. */
  storePressure: number;
  /** What a Redis may hold before everything is refused; 0: no budget. */
  storeBudgetBytes: number;
};

/** @property report none when its heartbeat is older than 15 s: the node is dead, or cut off from Redis */
export type ListedNode = { node: string; lastSeenMs: number; report: NodeReport | undefined };

export type Reaped =
  | { status: 'reaped'; devices: number; more: boolean }
  /** Somebody has the node's channel open: it lives, however silent it is. Nothing was changed. */
  | { status: 'listening' };

type ReapReply = [status: Buffer, devices?: number, more?: number];

const heartbeatLifetimeMs = 15_000;
/** Long enough for an operator to see it on the page; a node that died and was replaced does not stay a problem for ever. */
const forgottenAfterMs = 10 * 60_000;
/** Every node listens on the channel of every shard, and there is no deployment without this one. */
const laneOfNotices = 0;

/** How keys are laid out (KEYS.md); the report of an older version tells none. */
const layout = 2;
const probe = new RawPack().array(1).ascii('probe').toBuffer();

function readReport(fields: Record<string, string>): NodeReport | undefined {
  if (Object.keys(fields).length === 0) return undefined;
  const number = (name: keyof NodeReport) => Number(fields[name] ?? 0);
  return {
    startedAtMs: number('startedAtMs'),
    connections: number('connections'),
    draining: fields.draining === 'yes' ? 'yes' : 'no',
    rssBytes: number('rssBytes'),
    cpuPercent: number('cpuPercent'),
    eventLoopDelayMs: number('eventLoopDelayMs'),
    redisRoundTripMs: number('redisRoundTripMs'),
    messagesPerSecond: number('messagesPerSecond'),
    port: number('port'),
    storePressure: number('storePressure'),
    storeBudgetBytes: number('storeBudgetBytes'),
  };
}

/** Before the first heartbeat was answered: rather too many. */
const nodesAtFirst = 64;

/** The live nodes, for operators, and for nodes that share Redis's time; nothing is routed by it. */
export class NodeDirectory {
  /** How many there were at the last two heartbeats of this node: a Redis that was emptied learns them anew. */
  private counted: [before: number, last: number] = [nodesAtFirst, nodesAtFirst];

  constructor(private readonly link: RedisLink) {}

  /** How many nodes there are, as far as this one knows. Never 0. */
  get size(): number {
    return Math.max(1, ...this.counted);
  }

  /** Says that a node lives; holds for 15 s. @throws RedisUnavailable | ReplyError */
  async beat(node: string, report: NodeReport): Promise<void> {
    const counted = await this.link.run('node_beat', {
      nodesKey,
      nodeKey: nodeKey(node),
      node,
      report: packFields([...Object.entries(report), ['layout', layout]]),
      lifetimeMs: heartbeatLifetimeMs,
      forgottenAfterMs,
      atMs: Math.floor(this.link.clock.now()),
    });
    this.counted = [this.counted[1], Number(counted)];
  }

  /** Says that a node is leaving. @throws RedisUnavailable | ReplyError */
  async leave(node: string): Promise<void> {
    await this.link.run('node_leave', { nodesKey, nodeKey: nodeKey(node), node });
  }

  /** All nodes that sent a heartbeat within ten minutes and did not leave, by name. @throws RedisUnavailable */
  async list(): Promise<ListedNode[]> {
    const scores = await this.link.command(nodesKey, (redis) => redis.zrange(nodesKey, '0', '-1', 'WITHSCORES'));
    const nodes = scores.filter((_, i) => i % 2 === 0);
    const reports = await Promise.all(nodes.map((node) => this.reportOf(nodeKey(node))));
    const listed = nodes.map((node, i) => ({ node, lastSeenMs: Number(scores[2 * i + 1]), report: reports[i] }));
    return listed.sort((a, b) => (a.node < b.node ? -1 : 1));
  }

  /** Nodes that do not say that they know today's layout of keys, and whose heartbeat or channel says that they live. */
  async listOlder(): Promise<string[]> {
    const nodes = await this.link.command(nodesKey, (redis) => redis.zrange(nodesKey, '0', '-1'));
    const older = await Promise.all(nodes.map(async (node) => ((await this.isOlder(node)) ? [node] : [])));
    return older.flat().sort();
  }

  private async isOlder(node: string): Promise<boolean> {
    const key = nodeKey(node);
    const report = await this.link.command(key, (redis) => redis.hmget(key, 'layout', 'connections'));
    if (report.some((told) => told !== null)) return Number(report[0] ?? 1) < layout;
    // It is silent. If somebody listens on its channel, it is frozen or cut off.
    const channel = nodeChannel(laneOfNotices, node);
    return Number(await this.link.command(channel, (redis) => redis.spublish(channel, probe))) > 0;
  }

  private async reportOf(key: string): Promise<NodeReport | undefined> {
    return readReport(await this.link.command(key, (redis) => redis.hgetall(key)));
  }

  /** Has a node leave as for SIGTERM; `unknown`: no node of this name listens. @throws RedisUnavailable */
  async askToDrain(node: string): Promise<'asked' | 'unknown'> {
    const notice = new RawPack().array(1).ascii('drain').toBuffer();
    const channel = nodeChannel(laneOfNotices, node);
    const listeners = await this.link.command(channel, (redis) => redis.spublish(channel, notice));
    return Number(listeners) > 0 ? 'asked' : 'unknown';
  }

  /**
   * Ends a page of the registrations that a node without heartbeat has in a shard; the same again while there is more.
   * @throws RedisUnavailable | ReplyError
   */
  async reap(shard: number, node: string, pageSize: number): Promise<Reaped> {
    const reply = (await this.link.run('node_reap', { shard: shardPrefix(shard), node, pageSize })) as ReapReply;
    const [status, devices = 0, more] = reply;
    return String(status) === 'listening' ? { status: 'listening' } : { status: 'reaped', devices, more: more === 1 };
  }
}
