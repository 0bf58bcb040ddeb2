import { isAnswered, kindOf, type Message, rotationTtlSeconds } from './message';
import { RotationFences } from './rotation-fences';

/**
 * What happened, as the devices of a fleet saw it. Events are numbered (`order`) in the order in which this process saw them:
 * of two events the smaller number was seen first, whatever the clock says. Times are Unix ms.
 */
export type Moment = {
  readonly order: number;
  readonly atMs: number;
};

/** `attempt`: asked to hold its device. */
type UnnamedKind = 'attempt' | 'contacts' | 'auth' | 'rotation';

export type FleetConnection = {
  readonly number: number;
  readonly device: string;
  readonly edge: string;
  readonly opened: Moment;
  registered?: Moment;
  /** What the relay said was waiting when it registered. */
  queued?: number;
  /** What was said on it that may be refused without an id to tell it by. */
  readonly unnamed: Record<UnnamedKind, number>;
  /** The codes of what was refused so. */
  readonly refusals: number[];
  closed?: Moment & { readonly code: number };
};

/** Each time that a message was written to a socket. A sender writes it again when its connection closed without an answer. */
export type Attempt = Moment & {
  readonly connection: FleetConnection;
  answered?: Moment & { readonly code: 'accepted' | number };
};

export type MessageRecord = Message & {
  /** Its recipient lists whom it takes messages from, and its sender is none of these: it may be refused as by a full queue. */
  readonly isOfStranger?: true;
  readonly attempts: Attempt[];
  readonly deliveries: Delivery[];
  /** The first `Ack` that the relay gave its sender: from here on its delivery is owed. */
  accepted?: Moment & { readonly connection: FleetConnection; readonly expiresAtMs: number };
  /** A connection of the recipient's closed around then: what was handed to it alone may be gone with it. */
  excused?: true;
};

export type Delivery = Moment & {
  readonly connection: FleetConnection;
  readonly content: 'intact' | 'damaged';
};

/** Something that a relay must not say, whatever happens. */
export type Surprise = Moment & {
  readonly connection: FleetConnection;
  readonly what: string;
};

/** A closed connection takes what was for live connections with it, for so long before and after. */
const liveExcuse = { beforeMs: 1000, afterMs: 5000 } as const;

/** The books of a fleet: written by its devices, read by `judge`. Knows nothing of sockets. */
export class Books {
  readonly messages = new Map<string, MessageRecord>();
  connections: FleetConnection[] = [];
  readonly surprises: Surprise[] = [];
  /** Of stored messages. */
  accepted = 0;
  /** Of stored messages, each once. */
  delivered = 0;
  /** Of all connections that there were, also those that were forgotten. */
  connectionCount = 0;
  private readonly fences = new RotationFences();
  /** When a connection of each device closed last. */
  private readonly closedAtMs = new Map<string, number>();
  /** Live-only messages to each device that are under way, as far as is known. */
  private readonly live = new Map<string, Set<MessageRecord>>();
  /** Of each device that lists some. */
  private readonly contacts = new Map<string, { readonly ids: ReadonlySet<string>; since: Moment | undefined }>();
  private order = 0;

  constructor(private readonly nowMs: () => number) {}

  now(): Moment {
    this.order += 1;
    return { order: this.order, atMs: this.nowMs() };
  }

  opened(device: string, edge: string): FleetConnection {
    this.connectionCount += 1;
    const unnamed = { attempt: 0, contacts: 0, auth: 0, rotation: 0 };
    const connection = { number: this.connectionCount, device, edge, opened: this.now(), unnamed, refusals: [] };
    this.connections.push(connection);
    return connection;
  }

  registered(connection: FleetConnection, queued: number): void {
    connection.registered = this.now();
    connection.queued = queued;
  }

  closed(connection: FleetConnection, code: number): void {
    const closed = { ...this.now(), code };
    connection.closed = closed;
    this.fences.closed(connection);
    this.closedAtMs.set(connection.device, closed.atMs);
    for (const record of this.live.get(connection.device) ?? []) {
      if (closed.atMs - (record.accepted?.atMs ?? closed.atMs) < liveExcuse.afterMs) record.excused = true;
    }
    this.live.delete(connection.device);
  }

  /** Asked to hold its device, or to change its contacts. */
  asked(connection: FleetConnection, what: 'attempt' | 'contacts'): void {
    connection.unnamed[what] += 1;
  }

  /** The device is to take messages from these alone; from when on it does, `listed` says. */
  lists(device: string, ids: ReadonlySet<string>): void {
    this.contacts.set(device, { ids, since: undefined });
  }

  /** The relay said that it lists the contacts of the device. They are the same from here on. */
  listed({ device }: FleetConnection): void {
    const contacts = this.contacts.get(device);
    if (contacts) contacts.since ??= this.now();
  }

  /** Whether its recipient lists whom it takes messages from, did so before the message was first sent, and not its sender. */
  private isUnwanted(record: MessageRecord): boolean {
    const contacts = this.contacts.get(record.recipient);
    // Of what pairs devices a few pass.
    if (contacts?.since === undefined || kindOf(record) === 'auth' || !record.isOfStranger) return false;
    return (record.attempts[0]?.order ?? 0) > contacts.since.order;
  }

  sent(connection: FleetConnection, message: Message): void {
    let record = this.messages.get(message.id);
    if (record === undefined) {
      const isOfStranger = this.contacts.get(message.recipient)?.ids.has(message.sender) === false;
      record = { ...message, attempts: [], deliveries: [], ...(isOfStranger && { isOfStranger }) };
      this.messages.set(message.id, record);
    }
    const attempt = { ...this.now(), connection };
    record.attempts.push(attempt);
    const kind = kindOf(message);
    if (kind === 'auth' || kind === 'rotation') connection.unnamed[kind] += 1;
    if (kind === 'rotation') this.fences.sent(record, attempt);
    if (kind === 'live') this.watch(record, attempt);
  }

  private watch(record: MessageRecord, { atMs }: Moment): void {
    const closedAtMs = this.closedAtMs.get(record.recipient) ?? Number.NEGATIVE_INFINITY;
    if (atMs - closedAtMs < liveExcuse.beforeMs) record.excused = true;
    const live = this.live.get(record.recipient) ?? new Set();
    this.live.set(record.recipient, live.add(record));
  }

  /** @param expiresAtMs of what is live only there is none */
  acceptedBy(connection: FleetConnection, messageId: string, expiresAtMs: number): void {
    const answered = this.answer(connection, messageId, 'accepted');
    if (answered === undefined) return;
    const { record, attempt } = answered;
    const isLive = kindOf(record) === 'live';
    if (this.isUnwanted(record))
      this.surprise(connection, `an Ack of ${messageId}, whose sender its recipient does not list`);
    if (!isLive) this.passFence(record, attempt);
    if (isLive === Number.isFinite(expiresAtMs)) {
      this.surprise(connection, `an Ack of ${messageId} (ttl ${record.ttlSeconds}) that expires at ${expiresAtMs}`);
    }
    if (!isLive && record.accepted === undefined) this.accepted += 1;
    record.accepted ??= { ...this.now(), connection, expiresAtMs: isLive ? Number.POSITIVE_INFINITY : expiresAtMs };
  }

  private passFence({ recipient }: MessageRecord, fence: Attempt): void {
    for (const { record, attempt } of this.fences.passed(fence, recipient)) {
      const moment = this.now();
      attempt.answered = { ...moment, code: 'accepted' };
      const expiresAtMs = moment.atMs + rotationTtlSeconds * 1000;
      record.accepted = { ...moment, connection: attempt.connection, expiresAtMs };
    }
  }

  refusedBy(connection: FleetConnection, messageId: string, code: number): void {
    const answered = this.answer(connection, messageId, code);
    if (answered === undefined) return;
    this.live.get(answered.record.recipient)?.delete(answered.record);
    if (!isRefusal(code, kindOf(answered.record) === 'live')) {
      this.surprise(connection, `the error ${code} to ${messageId} (ttl ${answered.record.ttlSeconds})`);
    }
  }

  /** Something was refused that has no id: a request to hold the device, an `Auth*` or a `KeyRotation*`. */
  refusedUnnamed(connection: FleetConnection, code: number, text: string): void {
    const { unnamed, refusals } = connection;
    refusals.push(code);
    const said = (kinds: readonly UnnamedKind[]) => kinds.reduce((sum, kind) => sum + unnamed[kind], 0);
    const same = refusals.filter((one) => one === code).length;
    // Of which it was nobody can tell: there must not be more refusals than there was to refuse.
    if (same > said(unnamedRefusals[code] ?? []) || refusals.length > said(unnamedKinds)) {
      this.surprise(connection, `the error ${code}: ${text}`);
    }
    if (code !== 202) this.fences.refused(connection, this.now());
  }

  private answer(connection: FleetConnection, messageId: string, code: 'accepted' | number) {
    const record = this.messages.get(messageId);
    const attempt = record?.attempts.find((one) => one.connection === connection && one.answered === undefined);
    if (record === undefined || attempt === undefined || !isAnswered(record)) {
      this.surprise(connection, `an answer (${code}) to ${messageId}, which waits for none there`);
      return undefined;
    }
    attempt.answered = { ...this.now(), code };
    return { record, attempt };
  }

  received(connection: FleetConnection, messageId: string, content: Delivery['content']): void {
    const record = this.messages.get(messageId);
    if (record === undefined || record.recipient !== connection.device) {
      this.surprise(connection, `the message ${messageId}, which nobody sent to this device`);
      return;
    }
    if (this.isUnwanted(record))
      this.surprise(connection, `the message ${messageId}, whose sender the device does not list`);
    if (kindOf(record) === 'stored' && record.deliveries.length === 0) this.delivered += 1;
    this.live.get(record.recipient)?.delete(record);
    record.deliveries.push({ ...this.now(), connection, content });
  }

  /** These messages, and the connections that were closed before that time. */
  forget(records: Iterable<MessageRecord>, beforeMs: number): void {
    for (const record of records) {
      this.messages.delete(record.id);
      this.live.get(record.recipient)?.delete(record);
    }
    this.connections = this.connections.filter(({ closed }) => closed === undefined || closed.atMs >= beforeMs);
  }

  surprise(connection: FleetConnection, what: string): void {
    this.surprises.push({ ...this.now(), connection, what });
  }
}

const unnamedKinds = ['attempt', 'contacts', 'rotation', 'auth'] as const satisfies UnnamedKind[];

/** What may be refused with each code. That a device has no proof (401) is never said of these, who have one. */
const unnamedRefusals: Readonly<Record<number, readonly UnnamedKind[]>> = {
  202: ['rotation'],
  404: ['auth'],
  503: unnamedKinds,
  507: ['rotation'],
};

/** Whether a `Send` that is right in itself may be refused so. */
function isRefusal(code: number, isLive: boolean): boolean {
  return [429, 503, 507, 509].includes(code) || (isLive && code === 404);
}
