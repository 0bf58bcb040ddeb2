/** A frame as it arrived. What is no readable object has the type `unreadable` and an empty payload. */
export type ReceivedFrame = {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The raw text; of a binary frame, its bytes in base64. */
  readonly text: string;
  /** On the clock of `performance.now()`. */
  readonly arrivedAtMs: number;
};

export type Decode = (bytes: Uint8Array) => unknown;

type Waiter = {
  readonly type: string;
  resolve(frame: ReceivedFrame): void;
  reject(why: string): void;
};

/** Every frame that came, and which of them a test has taken already. */
export class ReceivedFrames {
  readonly all: ReceivedFrame[] = [];
  private readonly untaken = new Map<string, ReceivedFrame[]>();
  private readonly waiters = new Set<Waiter>();
  private ended: string | undefined;

  add(frame: ReceivedFrame): void {
    this.all.push(frame);
    for (const waiter of this.waiters) {
      if (waiter.type === frame.type) {
        waiter.resolve(frame);
        return;
      }
    }
    const untaken = this.untaken.get(frame.type);
    if (untaken === undefined) {
      this.untaken.set(frame.type, [frame]);
      return;
    }
    untaken.push(frame);
  }

  /** Nothing more will come: whoever waits is told so at once. */
  end(why: string): void {
    this.ended = why;
    for (const waiter of this.waiters) {
      waiter.reject(why);
    }
  }

  /** Rejects, with the list of what did arrive, at the time-out or when nothing more can come. */
  next(type: string, timeoutMs: number): Promise<ReceivedFrame> {
    const first = this.untaken.get(type)?.shift();
    if (first !== undefined) return Promise.resolve(first);
    if (this.ended !== undefined) return Promise.reject(this.missing(type, this.ended));
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        type,
        resolve: (frame) => settle(() => resolve(frame)),
        reject: (why) => settle(() => reject(this.missing(type, why))),
      };
      const timer = setTimeout(() => waiter.reject(`within ${timeoutMs} ms`), timeoutMs);
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.waiters.delete(waiter);
        act();
      };
      this.waiters.add(waiter);
    });
  }

  private missing(type: string, why: string): Error {
    const arrived = this.all.slice(-20).map((frame) => `  ${frame.text.slice(0, 300)}`);
    const list = arrived.length === 0 ? ' nothing' : `\n${arrived.join('\n')}`;
    return new Error(`No ${type} arrived ${why}. Of ${this.all.length} frames the last were:${list}`);
  }
}

export function readFrame(data: Buffer, kind: 'text' | 'binary', decode: Decode | undefined): ReceivedFrame {
  const text = data.toString(kind === 'text' ? 'utf8' : 'base64');
  const value = tryReading(() => (kind === 'text' ? JSON.parse(text) : decode?.(data)));
  const { type, payload } = isObject(value) ? value : {};
  return {
    type: typeof type === 'string' ? type : 'unreadable',
    payload: isObject(payload) ? payload : {},
    text,
    arrivedAtMs: performance.now(),
  };
}

function tryReading(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
