import { connect, type Socket } from 'node:net';
import type { X11Address, X11Cookie } from './x11-address';
import { frameLength, namedRequest, rootWindow, setupLength, setupRequest, watchRequests } from './x11-frames';

export type X11Events = {
  readonly onChange: () => void;
  /** Each change is told from now on. */
  readonly onWatching: () => void;
  /** Once: nothing is heard after it. `gone`: it may come back. */
  readonly onEnd: (how: 'gone' | 'can’t tell') => void;
};

/** Of the last request, which the server answers when it has done those before it. */
const watchedSequence = 5;
const mostBytes = 1024 * 1024;

/** A connection to the X server that asks to be told of each new owner of the clipboard: no polling, no processes. */
export class X11Watcher {
  private readonly socket: Socket;
  private bytes = Buffer.alloc(0);
  private root: number | undefined;
  private xfixes: { readonly opcode: number; readonly firstEvent: number } | undefined;
  private life: 'open' | 'ended' = 'open';

  constructor(
    address: X11Address,
    cookie: X11Cookie,
    private readonly events: X11Events,
  ) {
    this.socket = connect(address.at);
    this.socket.on('connect', () => this.socket.write(setupRequest(cookie)));
    this.socket.on('data', (piece) => this.read(piece));
    this.socket.on('error', () => this.end('gone'));
    this.socket.on('close', () => this.end('gone'));
  }

  stop(): void {
    this.life = 'ended';
    this.socket.destroy();
  }

  private end(how: 'gone' | 'can’t tell'): void {
    if (this.life === 'ended') return;
    this.stop();
    this.events.onEnd(how);
  }

  private read(piece: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, piece]);
    if (this.bytes.length > mostBytes) this.end('can’t tell');
    while (this.life === 'open') {
      const length = this.root === undefined ? setupLength(this.bytes) : frameLength(this.bytes);
      if (length === undefined || this.bytes.length < length) return;
      const frame = this.bytes.subarray(0, length);
      this.bytes = this.bytes.subarray(length);
      if (this.root === undefined) this.begin(frame);
      else this.handle(frame);
    }
  }

  private begin(setup: Buffer): void {
    this.root = rootWindow(setup);
    if (this.root === undefined) this.end('can’t tell');
    else this.socket.write(namedRequest('QueryExtension', 'XFIXES'));
  }

  private handle(frame: Buffer): void {
    const [type] = frame;
    if (type === 0) this.end('can’t tell');
    else if (type === 1) this.answered(frame);
    // The highest bit tells of an event that another client sent.
    else if ((type! & 0x7f) === this.xfixes?.firstEvent) this.events.onChange();
  }

  /** In order: the extension, the clipboard's atom, the extension's version, the focus. */
  private answered(reply: Buffer): void {
    const sequence = reply.readUInt16LE(2);
    if (sequence === 1 && reply[8] !== 1) this.end('can’t tell');
    else if (sequence === 1) {
      this.xfixes = { opcode: reply[9]!, firstEvent: reply[10]! };
      this.socket.write(namedRequest('InternAtom', 'CLIPBOARD'));
    } else if (sequence === 2) {
      this.socket.write(watchRequests(this.xfixes!.opcode, this.root!, reply.readUInt32LE(8)));
    } else if (sequence === watchedSequence) this.events.onWatching();
  }
}
