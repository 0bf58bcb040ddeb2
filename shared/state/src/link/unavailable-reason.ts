/** What the client for Redis says, as an operator can read it. All else is passed on: it is Redis's or the system's. */
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

/** None of the servers that were named can be asked; the message is why, of the last one. */
export class NobodyAnswers extends Error {
  override name = 'NobodyAnswers';
}

/** Why Redis cannot be used, as the end of a sentence that begins with it. */
export function reasonOf({ message }: Error): string {
  const [, reason] = translations.find(([form]) => form.test(message)) ?? [];
  return reason ?? message;
}

/** Whether the user that Redis was asked as may not do what it was asked, or what the script does that it called. */
export function isNotPermitted({ message }: Error): boolean {
  return /^NOPERM |^ERR (?:The user executing the script|ACL failure in script)/.test(message);
}

/** For whoever uses Redis as a user that may not do all that is needed. @param refusal what Redis said */
export function lacksPermission(refusal: string): string {
  return `The user that REDIS_URL names lacks a permission; shared/state/KEYS.md lists those of each service. ${refusal.replace(/\.$/, '')}.`;
}

/** Whether Redis answers, and not yet or no more with what it holds; the same question may be answered soon. */
export function isUnready({ message }: Error): boolean {
  return /^(?:LOADING|CLUSTERDOWN|MASTERDOWN) /.test(message);
}
