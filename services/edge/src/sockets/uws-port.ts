import type { Uws } from '@openrelay/uws';

/** `shared`: other processes of this user may open the port, too, and get a part of its connections (SO_REUSEPORT). */
export type Sharing = 'exclusive' | 'shared';

/** As the library counts them. */
const listenOptions = { shared: 0, exclusive: 1 } as const satisfies Record<Sharing, number>;

type Place = { address: string; port: number };

/** Where devices connect. One app can take it over from another, as an app cannot change its certificate. */
export class UwsPort {
  private listening: (Place & { app: Uws.TemplatedApp; sharing: Sharing }) | undefined;
  /** None while listening is paused. */
  private socket: Uws.us_listen_socket | undefined;

  constructor(
    private readonly uws: typeof Uws,
    private readonly sharing: Sharing,
  ) {}

  /** Opens the port for good. @throws Error in one sentence, as `openHandable` does */
  open(app: Uws.TemplatedApp, place: Place): number {
    return this.listen(app, place, this.sharing);
  }

  /** Opens it so that the next app can share it and take it over; other processes may share it only if that is wished. */
  openHandable(app: Uws.TemplatedApp, place: Place): number {
    if (this.sharing === 'shared' && place.port !== 0) return this.listen(app, place, 'shared');
    const port = this.listen(app, place, 'exclusive');
    this.close();
    return this.listen(app, { ...place, port }, 'shared');
  }

  /**
   * One of the two apps listens at every moment. The kernel may still reset a connection that it is just setting up for the
   * former app, unless net.ipv4.tcp_migrate_req is 1.
   */
  handOver(app: Uws.TemplatedApp): void {
    const { listening, socket } = this;
    if (listening) listening.app = app;
    if (!listening || !socket) return;
    this.listen(app, listening, 'shared');
    this.uws.us_listen_socket_close(socket);
  }

  /** Until `resume`, connections are refused by the system. */
  pause(): void {
    if (this.socket) this.uws.us_listen_socket_close(this.socket);
    this.socket = undefined;
  }

  /** @throws Error in one sentence when another process has taken the port */
  resume(): void {
    const { listening, socket } = this;
    if (listening && !socket) this.listen(listening.app, listening, listening.sharing);
  }

  close(): void {
    this.pause();
    this.listening = undefined;
  }

  private listen(app: Uws.TemplatedApp, { address, port }: Place, sharing: Sharing): number {
    let socket: Uws.us_listen_socket | false = false;
    const opened = (answer: Uws.us_listen_socket | false) => {
      socket = answer;
    };
    // The library accepts a host together with options; its types do not say so. It calls back before it returns.
    const { listen } = app as unknown as { listen: (this: typeof app, ...all: unknown[]) => void };
    listen.call(app, address, port, listenOptions[sharing], opened);
    if (!socket) {
      throw new Error(
        `Port ${port} on ${address} cannot be opened: another process has it, or the address is not this machine's.`,
      );
    }
    this.socket = socket;
    this.listening = { address, port: this.uws.us_socket_local_port(socket), app, sharing };
    return this.listening.port;
  }
}
