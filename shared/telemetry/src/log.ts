import pino from 'pino';
import { type EventFields, type EventName, eventsTable, type FieldKind } from './events-table';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

export type LogLevel = (typeof levels)[number];

/** Events without fields are logged by name alone. */
type LogEvent = <Name extends EventName>(
  event: Name,
  ...fields: Record<string, never> extends EventFields<Name> ? [] : [EventFields<Name>]
) => void;

export type Log = Readonly<Record<LogLevel, LogEvent>>;

export interface LogOptions {
  level: LogLevel | 'silent';
  service: string;
  node: string;
  /** Takes whole lines; standard output when absent. */
  destination?: { write(line: string): void };
}

const longestText = 1000;

export function createLog({ level, service, node, destination }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: { service, node },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
  const eventLogger = (at: LogLevel): LogEvent => {
    return (event, ...[fields]) => logger[at]({ event, ...allowedFields(event, fields ?? {}) });
  };
  return {
    trace: eventLogger('trace'),
    debug: eventLogger('debug'),
    info: eventLogger('info'),
    warn: eventLogger('warn'),
    error: eventLogger('error'),
    fatal: eventLogger('fatal'),
  };
}

/** A second guard behind the types: an object that was built elsewhere may hold more than its type says. */
function allowedFields(event: EventName, fields: object): Record<string, unknown> {
  const allowed: Readonly<Record<string, FieldKind>> = eventsTable[event];
  const kept = Object.entries(fields).filter(([name]) => Object.hasOwn(allowed, name));
  return Object.fromEntries(kept.map(([name, value]) => [name, printable(allowed[name]!, value)]));
}

function printable(kind: FieldKind, value: unknown): number | string {
  return kind === 'number' ? Number(value) : String(value).slice(0, longestText);
}
