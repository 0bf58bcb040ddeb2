type Failing = { handlerFailed: unknown };

export type Handler<Event> = (event: Event) => void;
export type Handlers<Events> = { readonly [Name in keyof Events]?: Handler<Events[Name]> | undefined };

/** Who hears of which event. Handlers are called at once, in the order in which they were added. */
export class Listeners<Events extends Failing> {
  private readonly byName = new Map<keyof Events, Set<(event: never) => void>>();

  constructor(handlers: Handlers<Events> = {}) {
    for (const name of Object.keys(handlers) as (keyof Events)[]) {
      const handler = handlers[name];
      if (handler !== undefined) this.add(name, handler);
    }
  }

  /** Returns what takes the handler away again. */
  add<Name extends keyof Events>(name: Name, handler: Handler<Events[Name]>): () => void {
    const handlers = this.byName.get(name) ?? new Set();
    this.byName.set(name, handlers.add(handler));
    return () => void handlers.delete(handler);
  }

  /** Never throws: one handler that fails keeps nothing from the others, nor from the connection. */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const handler of this.byName.get(name) ?? []) {
      try {
        (handler as Handler<Events[Name]>)(event);
      } catch (error) {
        this.reportFailure(name, error);
      }
    }
  }

  /** A failure that nobody hears of becomes an uncaught error of the process or page, as in the platforms' own events. */
  private reportFailure(name: keyof Events, error: unknown): void {
    const isHeard = name !== 'handlerFailed' && (this.byName.get('handlerFailed')?.size ?? 0) > 0;
    if (isHeard) {
      this.emit('handlerFailed', error);
      return;
    }
    queueMicrotask(() => {
      throw error;
    });
  }
}
