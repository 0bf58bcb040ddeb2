/** Of what is said on the socket; commands and an agent of different numbers do not understand each other. */
export const controlVersion = 1;

/** What the agent says first to whoever connects. */
export type Greeting = {
  readonly openrelay: typeof controlVersion;
  /** Of the program. */
  readonly version: string;
  readonly pid: number;
  readonly relay: string;
};

export function readGreeting(line: Readonly<Record<string, unknown>>): Greeting | 'other version' {
  const { openrelay, version, pid, relay } = line;
  const isKnown = openrelay === controlVersion && typeof version === 'string' && typeof pid === 'number';
  return isKnown && typeof relay === 'string' ? { openrelay, version, pid, relay } : 'other version';
}
