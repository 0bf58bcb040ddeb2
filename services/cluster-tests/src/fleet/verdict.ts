import type { Attempt, Books, Delivery, FleetConnection, MessageRecord } from './books';
import { strangeCloses } from './closes';
import { isAnswered, kindOf, type MessageKind } from './message';
import { findOvertakings } from './order-of-delivery';

export type Figures = {
  readonly connections: number;
  readonly sent: number;
  readonly sentAgain: number;
  readonly accepted: number;
  /** How often each error code was the answer to a `Send` that may be stored, but for the 507 that whoever is not listed gets. */
  readonly refused: Readonly<Record<string, number>>;
  /** Messages of the other kinds that came. */
  readonly live: number;
  readonly auth: number;
  readonly rotation: number;
  /** Refused every time, or never answered, and delivered all the same: allowed, as the answer may be what got lost. */
  readonly deliveredUnaccepted: number;
  readonly delivered: number;
  readonly expired: number;
  /** Accepted, neither delivered nor expired: what must not be. */
  readonly lost: number;
  /** Deliveries of what had been delivered before, on another connection. */
  readonly deliveredAgain: number;
};

export type Verdict = {
  readonly figures: Figures;
  /** A sentence for each promise that was broken; empty when all were kept. */
  readonly faults: readonly string[];
};

export type JudgeOptions = {
  /** When the fleet stopped: what has not expired by then must have been delivered. Unix ms. */
  readonly endedAtMs: number;
  /** For the way from the relay's socket to the device's books. */
  readonly expiryToleranceMs: number;
  /** How much of that time the devices did not look at their sockets; see `Absences`. */
  readonly unseenMs?: (fromMs: number, toMs: number) => number;
  /** Close codes that the faults of the test account for. */
  readonly expectedCloses?: readonly number[];
};

const mostListed = 10;
const fullQueue = 507;

/** A promise that was broken, with the message or the place that shows it. */
export type Finding = {
  readonly title: string;
  readonly text: string;
  /** Of two findings with the same title about the same thing, one says enough. */
  readonly about: string;
};

/** Holds the books of a fleet against the promises of RESPONSES.md. */
export function judge(books: Books, options: JudgeOptions): Verdict {
  const records = [...books.messages.values()];
  const findings = [...losses(records, options), ...misdeliveries(records, options), ...surprises(books, options)];
  const figures = figuresOf(records, options.endedAtMs);
  return { figures: { ...figures, connections: books.connectionCount }, faults: listed(findings) };
}

export function losses(records: readonly MessageRecord[], { endedAtMs }: JudgeOptions): Finding[] {
  return records.filter((one) => isOwed(one, endedAtMs)).map((one) => finding('accepted and lost', one));
}

/** What can be said of messages while others are under way. */
export function misdeliveries(records: readonly MessageRecord[], options: JudgeOptions): Finding[] {
  return [
    ...records.flatMap(findRepeats),
    ...records.filter(isBelated).map((one) => finding('live only and delivered later', one)),
    ...records.flatMap((one) => findLate(one, options)),
    ...records.filter(isDamaged).map((one) => finding('delivered damaged', one)),
    ...findOvertakings(records).map(({ overtaken, overtaking }) => ({
      ...finding('delivered out of order', overtaken),
      text: `${describe(overtaken)} AFTER ${describe(overtaking)}`,
    })),
  ];
}

export function surprises(books: Books, options: Pick<JudgeOptions, 'expectedCloses' | 'unseenMs'>): Finding[] {
  const said = books.surprises.map(({ order, connection, what }) => {
    return { title: 'said without reason', about: String(order), text: `${what} on ${nameOf(connection)}` };
  });
  const closed = strangeCloses(books.connections, options.expectedCloses, options.unseenMs).map((connection) => ({
    title: 'closed without reason',
    about: String(connection.number),
    text: `with ${connection.closed?.code}: ${nameOf(connection)}`,
  }));
  return [...said, ...closed];
}

function finding(title: string, record: MessageRecord): Finding {
  return { title, about: record.id, text: describe(record) };
}

function isExpired({ accepted }: MessageRecord, atMs: number): boolean {
  return accepted !== undefined && accepted.expiresAtMs <= atMs;
}

/** Accepted, neither delivered nor expired; what is live only may go with the connection that it was handed to. */
export function isOwed(record: MessageRecord, atMs: number): boolean {
  if (record.accepted === undefined || record.deliveries.length > 0) return false;
  return record.excused === undefined && !isExpired(record, atMs);
}

/**
 * Live only, and delivered on a connection that was not open when its sender was answered. What was never answered may still lie
 * in the socket of an edge that is frozen.
 */
function isBelated({ type, ttlSeconds, attempts, deliveries }: MessageRecord): boolean {
  if (kindOf({ type, ttlSeconds }) !== 'live') return false;
  const orders = attempts.map(({ answered }) => answered?.order ?? Number.POSITIVE_INFINITY);
  return deliveries.some(({ connection }) => connection.opened.order > Math.max(...orders));
}

function isDamaged({ deliveries }: MessageRecord): boolean {
  return deliveries.some(({ content }) => content === 'damaged');
}

function findRepeats(record: MessageRecord): Finding[] {
  const { deliveries } = record;
  if (kindOf(record) === 'auth' && deliveries.length > 1) return [finding('live only and delivered twice', record)];
  const repeats = deliveries.filter(
    ({ connection }, i) => deliveries.findIndex((one) => one.connection === connection) < i,
  );
  const found = finding('delivered twice on one connection', record);
  return repeats.map(({ connection }) => ({ ...found, text: `on ${nameOf(connection)}: ${found.text}` }));
}

function findLate(record: MessageRecord, { expiryToleranceMs, unseenMs = () => 0 }: JudgeOptions): Finding[] {
  const { accepted, deliveries } = record;
  if (accepted === undefined) return [];
  const { expiresAtMs } = accepted;
  const overdue = deliveries.filter(({ atMs }) => atMs > expiresAtMs + expiryToleranceMs);
  const late = overdue.filter(({ atMs }) => atMs - unseenMs(expiresAtMs, atMs) > expiresAtMs + expiryToleranceMs);
  const found = finding('delivered after expiry', record);
  return late.map(({ atMs }) => ({
    ...found,
    text: `${Math.round(atMs - expiresAtMs)} ms late: ${found.text}`,
  }));
}

/** A sentence for each, and of each kind at most so many that a person reads them. */
export function listed(findings: readonly Finding[]): string[] {
  const titles = [...new Set(findings.map(({ title }) => title))];
  return titles.flatMap((title) => {
    const all = findings.filter((one) => one.title === title).map(({ text }) => `${title}: ${text}`);
    if (all.length <= mostListed) return all;
    return [...all.slice(0, mostListed), `${title}: and ${all.length - mostListed} more (${all.length} in all)`];
  });
}

/** Of these messages; they hold no connections. */
export function figuresOf(all: readonly MessageRecord[], endedAtMs: number): Figures {
  const records = all.filter((one) => kindOf(one) === 'stored');
  const others = all.filter((one) => kindOf(one) !== 'stored');
  const came = (kind: MessageKind) => others.filter((one) => kindOf(one) === kind && one.deliveries.length > 0).length;
  const answers = records.flatMap(({ attempts, isOfStranger }) =>
    attempts.flatMap(({ answered }) => (isOfStranger && answered?.code === fullQueue ? [] : (answered ?? []))),
  );
  const refused: Record<string, number> = {};
  for (const { code } of answers) {
    if (code !== 'accepted') refused[code] = (refused[code] ?? 0) + 1;
  }
  const undelivered = records.filter(({ deliveries }) => deliveries.length === 0);
  return {
    connections: 0,
    sent: records.length,
    sentAgain: records.reduce((sum, { attempts }) => sum + attempts.length - 1, 0),
    accepted: records.filter(({ accepted }) => accepted !== undefined).length,
    refused,
    deliveredUnaccepted: records.filter((one) => one.accepted === undefined && one.deliveries.length > 0).length,
    delivered: records.length - undelivered.length,
    expired: undelivered.filter((one) => isExpired(one, endedAtMs)).length,
    lost: all.filter((one) => isOwed(one, endedAtMs)).length,
    live: came('live'),
    auth: came('auth'),
    rotation: came('rotation'),
    deliveredAgain: records.reduce((sum, { deliveries }) => sum + Math.max(0, deliveries.length - 1), 0),
  };
}

export function sumOf(one: Figures, other: Figures): Figures {
  const refused: Record<string, number> = { ...one.refused };
  for (const [code, count] of Object.entries(other.refused)) refused[code] = (refused[code] ?? 0) + count;
  return {
    connections: one.connections + other.connections,
    sent: one.sent + other.sent,
    sentAgain: one.sentAgain + other.sentAgain,
    accepted: one.accepted + other.accepted,
    refused,
    deliveredUnaccepted: one.deliveredUnaccepted + other.deliveredUnaccepted,
    delivered: one.delivered + other.delivered,
    expired: one.expired + other.expired,
    lost: one.lost + other.lost,
    live: one.live + other.live,
    auth: one.auth + other.auth,
    rotation: one.rotation + other.rotation,
    deliveredAgain: one.deliveredAgain + other.deliveredAgain,
  };
}

function nameOf({ number, device, edge }: FleetConnection): string {
  return `connection ${number} (${device.slice(0, 8)} at ${new URL(edge).port})`;
}

/** The whole life of a message in a line; times count from its first attempt. */
function describe(record: MessageRecord): string {
  const { id, type, sender, recipient, dataBytes, ttlSeconds, attempts, accepted, deliveries } = record;
  const startMs = attempts[0]?.atMs ?? 0;
  const at = ({ atMs, connection }: Attempt | Delivery | NonNullable<MessageRecord['accepted']>) =>
    `+${Math.round(atMs - startMs)} ms on ${connection.number}`;
  const tried = attempts
    .map((one) => `${at(one)} (${one.answered?.code ?? (isAnswered(record) ? 'unanswered' : 'no answer')})`)
    .join(', ');
  const acked = accepted === undefined ? 'never accepted' : `accepted ${at(accepted)}`;
  const came = deliveries.length === 0 ? 'never delivered' : `delivered ${deliveries.map(at).join(', ')}`;
  const name = `${type} ${id} ${sender.slice(0, 8)}->${recipient.slice(0, 8)}, ${dataBytes} bytes, ttl ${ttlSeconds} s`;
  return `${name}, sent ${tried} from ${new Date(startMs).toISOString()}, ${acked}, ${came}`;
}
