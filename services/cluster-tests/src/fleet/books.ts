/**
 * What happened, as the devices of a fleet saw it. Events are numbered (`order`) in the order in which this process saw them:
 * of two events the smaller number was seen first, whatever the clock says. Times are Unix ms.
 */
export interface Moment {
  readonly order: number;
  readonly atMs: number;
}

export interface FleetConnection {
  readonly number: number;
  readonly device: string;
  readonly edge: string;
  readonly opened: Moment;
  registered?: Moment;
  /** What the relay said was waiting when it registered. */
  queued?: number;
  closed?: Moment & { readonly code: number };
}

/** A message, before anybody knows what becomes of it. */
export interface Message {
  readonly id: string;
  readonly sender: string;
  readonly recipient: string;
  readonly ttlSeconds: number;
  readonly dataBytes: number;
}

/** Each time that a message was written to a socket. A sender writes it again when its connection closed without an answer. */
export interface Attempt extends Moment {
  readonly connection: FleetConnection;
  answered?: Moment & { readonly code: 'accepted' | number };
}

export interface MessageRecord extends Message {
  readonly attempts: Attempt[];
  readonly deliveries: Delivery[];
  /** The first `Ack` that the relay gave its sender: from here on its delivery is owed. */
  accepted?: Moment & { readonly connection: FleetConnection; readonly expiresAtMs: number };
}

export interface Delivery extends Moment {
  readonly connection: FleetConnection;
  readonly content: 'intact' | 'damaged';
}

/** Something that a relay must not say, whatever happens. */
export interface Surprise extends Moment {
  readonly connection: FleetConnection;
  readonly what: string;
}

/** The books of a fleet: written by its devices, read by `judge`. Knows nothing of sockets. */
export class Books {
  readonly messages = new Map<string, MessageRecord>();
  connections: FleetConnection[] = [];
  readonly surprises: Surprise[] = [];
  accepted = 0;
  delivered = 0;
  /** Of all connections that there were, also those that were forgotten. */
  connectionCount = 0;
  #order = 0;

  constructor(private readonly nowMs: () => number) {}

  now(): Moment {
    this.#order += 1;
    return { order: this.#order, atMs: this.nowMs() };
  }

  opened(device: string, edge: string): FleetConnection {
    this.connectionCount += 1;
    const connection = { number: this.connectionCount, device, edge, opened: this.now() };
    this.connections.push(connection);
    return connection;
  }

  registered(connection: FleetConnection, queued: number): void {
    connection.registered = this.now();
    connection.queued = queued;
  }

  closed(connection: FleetConnection, code: number): void {
    connection.closed = { ...this.now(), code };
  }

  sent(connection: FleetConnection, message: Message): void {
    let record = this.messages.get(message.id);
    if (record === undefined) {
      record = { ...message, attempts: [], deliveries: [] };
      this.messages.set(message.id, record);
    }
    record.attempts.push({ ...this.now(), connection });
  }

  acceptedBy(connection: FleetConnection, messageId: string, expiresAtMs: number): void {
    const record = this.#answer(connection, messageId, 'accepted');
    if (record === undefined) return;
    this.accepted += record.accepted === undefined ? 1 : 0;
    record.accepted ??= { ...this.now(), connection, expiresAtMs };
  }

  refusedBy(connection: FleetConnection, messageId: string, code: number): void {
    this.#answer(connection, messageId, code);
  }

  #answer(connection: FleetConnection, messageId: string, code: 'accepted' | number): MessageRecord | undefined {
    const record = this.messages.get(messageId);
    const open = record?.attempts.find((one) => one.connection === connection && one.answered === undefined);
    if (record === undefined || open === undefined) {
      this.surprise(connection, `an answer (${code}) to ${messageId}, which waits for none there`);
      return undefined;
    }
    open.answered = { ...this.now(), code };
    return record;
  }

  received(connection: FleetConnection, messageId: string, content: Delivery['content']): void {
    const record = this.messages.get(messageId);
    if (record === undefined || record.recipient !== connection.device) {
      this.surprise(connection, `the message ${messageId}, which nobody sent to this device`);
      return;
    }
    this.delivered += record.deliveries.length === 0 ? 1 : 0;
    record.deliveries.push({ ...this.now(), connection, content });
  }

  /** These messages, and the connections that were closed before that time. */
  forget(records: Iterable<MessageRecord>, beforeMs: number): void {
    for (const { id } of records) this.messages.delete(id);
    this.connections = this.connections.filter(({ closed }) => closed === undefined || closed.atMs >= beforeMs);
  }

  surprise(connection: FleetConnection, what: string): void {
    this.surprises.push({ ...this.now(), connection, what });
  }
}
