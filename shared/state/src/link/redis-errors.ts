/** Redis is unavailable: it is not there, or did not answer in time. The caller answers 503; nothing is sent again by itself. */
export class RedisUnavailable extends Error {
  override name = 'RedisUnavailable';

  /** @param outcome whether it is known that Redis did nothing of what it was asked */
  constructor(
    message: string,
    readonly outcome: 'not done' | 'unknown' = 'not done',
  ) {
    super(message);
  }
}

/**
 * Whether Redis may have done what it was asked, or a part of it, although the call failed. What it refused it has not done; a script
 * that fails halfway has done the half, and a call is mostly for many.
 */
export function mayHaveRun(error: unknown): boolean {
  if (error instanceof RedisUnavailable) return error.outcome === 'unknown';
  const { name, message } = error as Error;
  return name !== 'ReplyError' || message.includes('on @user_script:');
}

/** None of the servers in the URL can be asked; the message is the reason of the last one. */
export class NobodyAnswers extends Error {
  override name = 'NobodyAnswers';
}

/** What the Redis client says, in words for an operator. Every other message is passed on: it is Redis's or the system's. */
const translations: readonly (readonly [RegExp, string])[] = [
  [
    /^Connection is closed|^Stream isn't writeable|^Cluster isn't ready|^Reached the max retries/,
    'the connection was closed',
  ],
  [/^Command aborted due to connection close/, 'the connection was closed'],
  [/^None of startup nodes is available/, 'no node answers'],
  [/^(?:timeout|Command timed out)$/, 'no answer in time'],
  [/^NOAUTH/, 'NOAUTH, it wants a password'],
  [/^ERR unknown command '?TIME/i, 'it knows no TIME; of a Sentinel the form is redis+sentinel://HOST/NAME'],
  [/cluster support disabled/, 'it is not in cluster mode'],
];

/** Why Redis is unavailable, as the end of a sentence that begins with it. */
export function reasonOf({ message }: Error): string {
  const [, reason] = translations.find(([form]) => form.test(message)) ?? [];
  return reason ?? message;
}

/** Whether Redis answers but cannot serve its data yet, or no longer; the same question may be answered soon. */
export function isUnready({ message }: Error): boolean {
  return /^(?:LOADING|CLUSTERDOWN|MASTERDOWN) /.test(message);
}

/** Whether Redis refused a command because it is a replica: the master that it was is elsewhere. */
export function isOfReplica({ message }: Error): boolean {
  return message.startsWith('READONLY');
}

/** Whether Redis refused a command because the slot of its keys is moving to another master, or is at one not known yet. */
export function isBetweenMasters(error: Error): boolean {
  return error.message.startsWith('ASK ') || error.message.startsWith('TRYAGAIN ') || isMovedToNowhere(error);
}

/** MOVED without an endpoint names a port alone. */
export function isMovedToNowhere({ message }: Error): boolean {
  return /^MOVED \d+ \??:/.test(message);
}

/** Whether Redis refused something because its memory is full. It still does what frees memory. */
export function isMemoryFull(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('OOM ');
}

/** Whether Redis was asked to run a script that it was not told, or has forgotten. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT ');
}

/** As Redis words it for a command; for a script it names the flag that the script lacks. */
const memoryFull = "OOM command not allowed when used memory > 'maxmemory'";

/** The disk or the memory is full, Redis is a replica, or it has too few of them. */
const refusalForm = /^(?:MISCONF|OOM|READONLY|NOREPLICAS) /;

/** Why Redis refused a write, in the first of its sentences; undefined for every other error. */
export function refusedWrite(error: unknown): string | undefined {
  if (!(error instanceof Error) || !refusalForm.test(error.message)) return undefined;
  if (isMemoryFull(error)) return memoryFull;
  return error.message.split(/\.(?:\s|$)/, 1)[0];
}

/** Whether the Redis user lacks a permission for a command, or for a command in the script that it called. */
export function isNotPermitted({ message }: Error): boolean {
  return /^NOPERM |^ERR (?:The user executing the script|ACL failure in script)/.test(message);
}

/** For an operator whose Redis user lacks a permission. @param refusal what Redis said */
export function lacksPermission(refusal: string): string {
  return `The user that REDIS_URL names lacks a permission; shared/state/KEYS.md lists those of each service. ${refusal.replace(/\.$/, '')}.`;
}
