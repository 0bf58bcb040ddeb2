import type { Attempt, Books, Delivery, FleetConnection, MessageRecord } from './books';
import { findOvertakings } from './order-of-delivery';

interface Figures {
  readonly connections: number;
  readonly sent: number;
  readonly sentAgain: number;
  readonly accepted: number;
  /** How often each error code was the answer to a `Send`. */
  readonly refused: Readonly<Record<string, number>>;
  /** Refused every time, or never answered, and delivered all the same: allowed, as the answer may be what got lost. */
  readonly deliveredUnaccepted: number;
  readonly delivered: number;
  readonly expired: number;
  /** Deliveries of what had been delivered before, on another connection. */
  readonly deliveredAgain: number;
}

export interface Verdict {
  readonly figures: Figures;
  /** A sentence for each promise that was broken; empty when all were kept. */
  readonly faults: readonly string[];
}

interface JudgeOptions {
  /** When the fleet stopped: what has not expired by then must have been delivered. Unix ms. */
  readonly endedAtMs: number;
  /** For the way from the relay's socket to the device's books. */
  readonly expiryToleranceMs: number;
}

const mostListed = 10;

/** Holds the books of a fleet against the promises of PROTOCOL.md. */
export function judge(books: Books, options: JudgeOptions): Verdict {
  const records = [...books.messages.values()];
  return {
    figures: figuresOf(books, records, options),
    faults: [
      ...listed('accepted and lost', records.filter((one) => isLost(one, options)).map(describe)),
      ...listed('delivered twice on one connection', records.flatMap(describeRepeats)),
      ...listed(
        'delivered after expiry',
        records.flatMap((one) => describeLate(one, options.expiryToleranceMs)),
      ),
      ...listed('delivered damaged', records.filter(isDamaged).map(describe)),
      ...listed(
        'delivered out of order',
        findOvertakings(records).map(
          ({ overtaken, overtaking }) => `${describe(overtaken)} AFTER ${describe(overtaking)}`,
        ),
      ),
      ...listed(
        'said without reason',
        books.surprises.map(({ connection, what }) => `${what} on ${nameOf(connection)}`),
      ),
    ],
  };
}

function isExpired({ accepted }: MessageRecord, atMs: number): boolean {
  return accepted !== undefined && accepted.expiresAtMs <= atMs;
}

/** Accepted, neither delivered nor expired. */
export function isOwed(record: MessageRecord, atMs: number): boolean {
  return record.accepted !== undefined && record.deliveries.length === 0 && !isExpired(record, atMs);
}

function isLost(record: MessageRecord, { endedAtMs }: JudgeOptions): boolean {
  return isOwed(record, endedAtMs);
}

function isDamaged({ deliveries }: MessageRecord): boolean {
  return deliveries.some(({ content }) => content === 'damaged');
}

function describeRepeats(record: MessageRecord): string[] {
  const { deliveries } = record;
  const repeats = deliveries.filter(
    ({ connection }, i) => deliveries.findIndex((one) => one.connection === connection) < i,
  );
  return repeats.map(({ connection }) => `on ${nameOf(connection)}: ${describe(record)}`);
}

function describeLate(record: MessageRecord, toleranceMs: number): string[] {
  const { accepted, deliveries } = record;
  if (accepted === undefined) return [];
  const late = deliveries.filter(({ atMs }) => atMs > accepted.expiresAtMs + toleranceMs);
  return late.map(({ atMs }) => `${Math.round(atMs - accepted.expiresAtMs)} ms late: ${describe(record)}`);
}

/** At most so many that a person reads them. */
function listed(title: string, all: readonly string[]): string[] {
  if (all.length <= mostListed) return all.map((one) => `${title}: ${one}`);
  const more = `${title}: and ${all.length - mostListed} more (${all.length} in all)`;
  return [...all.slice(0, mostListed).map((one) => `${title}: ${one}`), more];
}

function figuresOf(books: Books, records: readonly MessageRecord[], { endedAtMs }: JudgeOptions): Figures {
  const answers = records.flatMap(({ attempts }) => attempts.flatMap(({ answered }) => answered ?? []));
  const refused: Record<string, number> = {};
  for (const { code } of answers) {
    if (code !== 'accepted') refused[code] = (refused[code] ?? 0) + 1;
  }
  const undelivered = records.filter(({ deliveries }) => deliveries.length === 0);
  return {
    connections: books.connections.length,
    sent: records.length,
    sentAgain: records.reduce((sum, { attempts }) => sum + attempts.length - 1, 0),
    accepted: books.accepted,
    refused,
    deliveredUnaccepted: records.filter((one) => one.accepted === undefined && one.deliveries.length > 0).length,
    delivered: books.delivered,
    expired: undelivered.filter((one) => isExpired(one, endedAtMs)).length,
    deliveredAgain: records.reduce((sum, { deliveries }) => sum + Math.max(0, deliveries.length - 1), 0),
  };
}

function nameOf({ number, device, edge }: FleetConnection): string {
  return `connection ${number} (${device.slice(0, 8)} at ${new URL(edge).port})`;
}

/** The whole life of a message in a line; times count from its first attempt. */
function describe(record: MessageRecord): string {
  const { id, sender, recipient, dataBytes, ttlSeconds, attempts, accepted, deliveries } = record;
  const startMs = attempts[0]?.atMs ?? 0;
  const at = ({ atMs, connection }: Attempt | Delivery | NonNullable<MessageRecord['accepted']>) =>
    `+${Math.round(atMs - startMs)} ms on ${connection.number}`;
  const tried = attempts.map((one) => `${at(one)} (${one.answered?.code ?? 'unanswered'})`).join(', ');
  const acked = accepted === undefined ? 'never accepted' : `accepted ${at(accepted)}`;
  const came = deliveries.length === 0 ? 'never delivered' : `delivered ${deliveries.map(at).join(', ')}`;
  const name = `${id} ${sender.slice(0, 8)}->${recipient.slice(0, 8)}, ${dataBytes} bytes, ttl ${ttlSeconds} s`;
  return `${name}, sent ${tried} from ${new Date(startMs).toISOString()}, ${acked}, ${came}`;
}
