import { once } from 'node:events';
import { get } from 'node:http';
import { connect, type Socket } from 'node:net';

/** Connections to ops that ask for nothing, or for what their test says, from addresses of this machine. */
export class Crowd {
  /** How often a connection of a flood was opened, and something was answered on one. */
  floods = 0;
  answers = 0;
  private readonly sockets: Socket[] = [];
  private isOver = false;

  constructor(private readonly port: number) {}

  /** Resolves when they are open; ops may close them at once. `says` is what each writes, and nothing more. */
  async open(count: number, { address = '127.0.0.1', says = '' } = {}): Promise<Socket[]> {
    const own = Array.from({ length: count }, () =>
      connect({ port: this.port, host: '127.0.0.1', localAddress: address }),
    );
    this.sockets.push(...own);
    await Promise.all(
      own.map(async (socket) => {
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        if (says !== '') socket.write(says);
      }),
    );
    return own;
  }

  /** Each writes as much as ops takes, and comes back when it is cut, until `end`. */
  flood(count: number, says: string): void {
    for (let i = 0; i < count; i += 1) this.floodWithOne(says);
  }

  private floodWithOne(says: string): void {
    if (this.isOver) return;
    this.floods += 1;
    const socket = connect({ port: this.port, host: '127.0.0.1' });
    this.sockets.push(socket);
    const write = () => {
      if (says !== '' && !this.isOver && !socket.destroyed) socket.write(says);
    };
    socket.on('error', () => undefined);
    socket.on('connect', write).on('drain', write);
    socket.on('data', () => {
      this.answers += 1;
      write();
    });
    socket.on('close', () => setTimeout(() => this.floodWithOne(says), 20));
  }

  end(): void {
    this.isOver = true;
    for (const socket of this.sockets) socket.destroy();
  }
}

/** Those that ops has not closed. */
export function openOf(sockets: readonly Socket[]): number {
  for (const socket of sockets) socket.resume(); // An end is noticed by reading.
  return sockets.filter(({ readyState }) => readyState === 'open').length;
}

type Client = { address?: string; token?: string };

/** The status of an answer on a connection of its own; 0 when there is none. */
export async function statusFrom(url: string, path: string, client: Client = {}): Promise<number> {
  return (await ask(url, path, client)).status;
}

/** @returns askedMs until the request had left, or was given up */
function ask(
  url: string,
  path: string,
  { address = '127.0.0.1', token = '' }: Client = {},
): Promise<{ status: number; askedMs: number }> {
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  const startedMs = performance.now();
  let askedMs: number | undefined;
  return new Promise((resolve) => {
    const end = (status: number) => resolve({ status, askedMs: askedMs ?? performance.now() - startedMs });
    const asked = get(`${url}${path}`, { localAddress: address, agent: false, headers, timeout: 20_000 }, (answer) => {
      answer.resume();
      end(answer.statusCode ?? 0);
    });
    asked.once('finish', () => {
      askedMs = performance.now() - startedMs;
    });
    asked.once('timeout', () => asked.destroy());
    asked.on('error', () => end(0));
  });
}

/** A client that its machine keeps from asking for longer than ops waits may be sent away, and comes back. */
const mostLate = 100;

/** The status of an answer to a client that asked within so many ms of its connection; 0 when there is none. */
export async function statusInTime(url: string, path: string, boundMs: number): Promise<number> {
  for (let late = 0; late < mostLate; late += 1) {
    const { status, askedMs } = await ask(url, path);
    if (status !== 0 || askedMs < boundMs) return status;
  }
  throw new Error(`This machine never asked within ${boundMs} ms.`);
}
