import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves what is at `target` below a path of its own, and nothing else, as nginx does with `location` and `proxy_pass`. */
export class PathProxy {
  private constructor(
    private readonly server: Server,
    /** Where the target's `/` is. */
    readonly url: string,
  ) {}

  static async start(path: string, target: string): Promise<PathProxy> {
    const server = createServer((asked, answer) => {
      if (!asked.url?.startsWith(path)) {
        answer.writeHead(404).end();
        return;
      }
      const passed = request(`${target}/${asked.url.slice(path.length)}`, {
        method: asked.method,
        headers: { ...asked.headers, host: new URL(target).host },
      });
      passed.on('response', (got) => {
        answer.writeHead(got.statusCode!, got.headers);
        got.pipe(answer);
      });
      passed.on('error', () => answer.destroy());
      answer.on('close', () => passed.destroy());
      asked.pipe(passed);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new PathProxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}
