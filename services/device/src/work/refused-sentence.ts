import type { RelayError } from '@openrelay/client';

/** Beyond the second one it is no hurry of the relay's: nobody waits for the next. */
export const refusalsThatCount = 2;

/** Why something waits. A relay says of a list of contacts no more than of a full queue. @param name the recipient's */
export function refusedSentence(name: string, { code }: RelayError): string {
  if (code === 509) return 'The relay has used up its bandwidth of this month.';
  if (code !== 507 && code !== 404) return 'The relay does not take it now.';
  return `${name} takes nothing more of this device now: too much waits for it already, or it has forgotten this device, and the two must pair again.`;
}
