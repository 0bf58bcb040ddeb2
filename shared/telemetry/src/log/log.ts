import pino from 'pino';
import { CountedLines } from './counted-lines';
import { type EventFields, type EventName, eventsTable, type FieldKind } from './events-table';
import { type LineSink, standardOutput } from './line-sink';

export type LogLevel = 'info' | 'warn' | 'error' | 'fatal';

/** Events without fields are logged by name alone. */
type LogEvent = <Name extends EventName>(
  event: Name,
  ...fields: Record<string, never> extends EventFields<Name> ? [] : [EventFields<Name>]
) => void;

/** A log that cannot be written costs its lines, never the process. */
export type Log = Readonly<Record<LogLevel, LogEvent>> & {
  /** How many lines could not be written: at once those of before, then more of them as they are lost. */
  onDropped(listener: (lines: number) => void): void;
  /** Resolves when all lines are written or lost, or the time is over. */
  flush(boundMs: number): Promise<void>;
};

export type LogOptions = {
  level: LogLevel | 'silent';
  service: string;
  node: string;
  /** Standard output when absent. */
  destination?: LineSink;
};

const longestText = 1000;

export function createLog({ level, service, node, destination = standardOutput() }: LogOptions): Log {
  const lines = new CountedLines(destination, (dropped) => log.warn('log.dropped', { lines: dropped }));
  const logger = pino(
    {
      level,
      base: { service, node },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => lines.write(line) },
  );
  const eventLogger = (at: LogLevel): LogEvent => {
    return (event, ...[fields]) => logger[at]({ event, ...allowedFields(event, fields ?? {}) });
  };
  const log: Log = {
    info: eventLogger('info'),
    warn: eventLogger('warn'),
    error: eventLogger('error'),
    fatal: eventLogger('fatal'),
    onDropped: (listener) => lines.onLost(listener),
    flush: (boundMs) => lines.flush(boundMs),
  };
  return log;
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
