import type { AbuseCluster } from './abuse-cluster';
import type { Place } from './wire/wire-socket';

/** What a process of the attacker is told; it crosses to it as JSON. */
export type Orders = {
  readonly attack: string;
  readonly edges: readonly Place[];
  readonly ops: Place;
  /** HAProxy in front of the edges, where the attack needs one. */
  readonly balancer: Place | null;
  /** Whom the attacker comes from. */
  readonly address: string;
  /** How long it may go on. */
  readonly milliseconds: number;
  /** Which of how many processes it is, from 0. */
  readonly process: number;
  readonly processes: number;
  /** How many of the thousand connections, messages or ids it is to have: 1 in full, less in a short form. */
  readonly share: number;
  /** `lowest`: it gives way to the relay, and may get little done on a busy machine. */
  readonly priority: 'lowest' | 'ordinary';
  /** What was staged for it: ids of victims, say. */
  readonly given: readonly string[];
};

/** What an attacker got, by names of the attack's own. Those of several processes are added up. */
export type Tally = Record<string, number>;

export type Stage = {
  /** Goes to the attacker. */
  readonly given?: readonly string[];
  /** After the attack: what became of what was staged. Added to the attacker's tally. */
  finish?(): Promise<Tally>;
};

export type Attack = {
  readonly name: string;
  /** A phrase for a table. */
  readonly summary: string;
  /** How many processes attack; 1 when absent. */
  readonly processes?: number;
  /** Settings of the edges beyond the defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Whether it goes through HAProxy. */
  readonly through?: 'haproxy';
  /** Before the attack, in the process of who judges it. */
  stage?(cluster: AbuseCluster): Promise<Stage>;
  /** In the attacker's own process; resolves soon after the orders' time at the latest. */
  act(orders: Orders): Promise<Tally>;
  /** What the attacker got, as a phrase for a table. */
  got(tally: Tally): string;
  /** A sentence for everything that must not be so, on any machine. */
  faults?(tally: Tally): string[];
};
