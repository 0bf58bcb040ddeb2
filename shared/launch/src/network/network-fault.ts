import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { NetworkLane, type NetworkState } from './network-lane';
import { NoticeSieve } from './notice-sieve';

/** Of a connection: who opened it, and whom it was opened to. */
export type NetworkSide = 'client' | 'server';

type Connection = {
  readonly client: Socket;
  readonly server: Socket;
  readonly lanes: readonly [NetworkLane, NetworkLane];
};

const host = '127.0.0.1';
const losesNothing = () => false;

/** @property server `redis`: one without TLS, of which single messages can be lost. Absent: any. */
export type NetworkFaultOptions = { server?: 'redis' };

/**
 * A network that can be hurt, between a server and whoever connects to `url` in its place. It carries bytes, so TLS too; of a Redis
 * Cluster it hides one node only as long as nobody is told the node's own address. One fault at a time: each begins by healing.
 */
export class NetworkFault {
  private readonly network: NetworkState = { flow: 'flowing', delayMs: 0, loses: losesNothing };
  private readonly open = new Set<Connection>();
  /** They came while nothing reached the server. */
  private readonly waiting = new Set<Socket>();
  /** Open, but the other end is no more, or has missed something. */
  private readonly severed = new Set<Socket>();

  private constructor(
    private readonly target: URL,
    private readonly listener: Server,
    /** The server's URL, by way of this network. */
    readonly url: string,
    private readonly options: NetworkFaultOptions,
  ) {
    listener.on('connection', (client: Socket) => this.accept(client));
  }

  static async start(targetUrl: string, options: NetworkFaultOptions = {}): Promise<NetworkFault> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true });
    listener.listen(0, host);
    await once(listener, 'listening');
    const url = new URL(targetUrl);
    url.hostname = host;
    url.port = String((listener.address() as AddressInfo).port);
    return new NetworkFault(new URL(targetUrl), listener, url.href, options);
  }

  /** Connections that lead from end to end now. */
  get connections(): number {
    return this.open.size;
  }

  /** Nothing arrives, and nothing is lost: with `heal` all of it arrives in its order, though its sender may have left. */
  stall(): void {
    this.heal();
    this.network.flow = 'stalled';
  }

  /** Each way. */
  delay(ms: number): void {
    this.heal();
    this.network.delayMs = ms;
  }

  /** All is lost, and nobody is told; `heal` resets the connections, as a stream with a gap cannot go on. */
  blackHole(): void {
    this.heal();
    this.network.flow = 'lost';
    for (const connection of this.open) this.sever(connection);
  }

  /**
   * Single messages that a Redis publishes are lost, and nobody is told: on TCP that happens only where something in between
   * reads the stream, or where Redis or its client has a fault.
   * @param loses whether one is; it is given as Redis sends it
   */
  loseNotices(loses: (notice: Buffer) => boolean): void {
    if (this.options.server !== 'redis') throw new Error("Start it with { server: 'redis' }.");
    this.heal();
    this.network.loses = loses;
  }

  /** One message in so many is lost, at random. */
  loseOneIn(notices: number): void {
    this.loseNotices(() => Math.random() * notices < 1);
  }

  /** Every connection ends with a TCP reset on both sides. New ones are well. */
  reset(): void {
    this.heal();
    for (const { client, server } of this.open) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** Every connection ends for one side; the other is not told before `heal`, and writes into the void. New ones are well. */
  halfOpen(told: NetworkSide): void {
    this.heal();
    for (const connection of this.open) {
      this.sever(connection);
      connection[told].destroy();
    }
  }

  /** Ends whatever fault there is. */
  heal(): void {
    this.network.flow = 'flowing';
    this.network.delayMs = 0;
    this.network.loses = losesNothing;
    for (const socket of this.severed) socket.resetAndDestroy();
    for (const client of this.waiting) this.connect(client);
    this.waiting.clear();
    for (const { lanes } of this.open) {
      for (const lane of lanes) lane.flush();
    }
  }

  async close(): Promise<void> {
    const closed = once(this.listener, 'close');
    this.listener.close();
    for (const { client, server } of this.open) this.severed.add(client).add(server);
    for (const socket of [...this.severed, ...this.waiting]) socket.destroy();
    await closed;
  }

  private accept(client: Socket): void {
    switch (this.network.flow) {
      case 'flowing':
        this.connect(client);
        return;
      case 'stalled':
        client.pause();
        client.on('error', () => {});
        this.waiting.add(client);
        return;
      case 'lost':
        this.orphan(client);
        return;
    }
  }

  private connect(client: Socket): void {
    const server = connect({ host: this.target.hostname, port: Number(this.target.port), allowHalfOpen: true });
    server.setNoDelay();
    const isRedis = this.options.server === 'redis';
    const sieve = isRedis ? new NoticeSieve((notice) => this.network.loses(notice)) : undefined;
    const lanes = [
      new NetworkLane(client, server, this.network),
      new NetworkLane(server, client, this.network, sieve),
    ] as const;
    const connection = { client, server, lanes };
    this.open.add(connection);
    for (const socket of [client, server]) socket.on('close', () => this.forget(connection));
    client.resume();
  }

  private forget(connection: Connection): void {
    const { client, server, lanes } = connection;
    if (!client.destroyed || !server.destroyed) return;
    for (const lane of lanes) lane.cut();
    this.open.delete(connection);
  }

  private sever(connection: Connection): void {
    this.open.delete(connection);
    for (const lane of connection.lanes) lane.cut();
    this.orphan(connection.client);
    this.orphan(connection.server);
  }

  /** Reads, and answers nothing. */
  private orphan(socket: Socket): void {
    this.severed.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.severed.delete(socket));
    socket.resume();
  }
}
