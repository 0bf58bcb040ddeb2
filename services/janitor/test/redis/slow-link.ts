import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A line to a Redis on which everything takes its time, as from another continent. */
export class SlowLink {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(port: number, delayMs: number): Promise<SlowLink> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port: own } = server.address() as { port: number };
    const link = new SlowLink(server, `redis://127.0.0.1:${own}`);
    server.on('connection', (client) => link.carry(client, connect(port, '127.0.0.1'), delayMs));
    return link;
  }

  private carry(client: Socket, redis: Socket, delayMs: number): void {
    for (const [from, to] of [
      [client, redis],
      [redis, client],
    ] as const) {
      this.sockets.add(from);
      // Timers of one length keep their order.
      from.on('data', (bytes) => setTimeout(() => to.write(bytes), delayMs));
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}
