import type { Refusal } from '@openrelay/protocol';
import type { Connection } from '../../connection/connection';
import type { Outbox } from '../../connection/outbox';
import type { Acknowledgements } from '../../delivery/acknowledgements';
import type { Registrations } from '../../holders/registrations';
import type { Routing } from '../../routing/routing';
import type { Admission } from '../admission';

/** What the commands work with. */
export type CommandParts = {
  registrations: Registrations;
  admission: Admission;
  routing: Routing;
  acknowledgements: Acknowledgements;
  outbox: Outbox;
  maxTtlSeconds: number;
  /** @param frameBytes size of a frame that no device has reason to send: it counts by that */
  refuse: (connection: Connection, refusal: Refusal, frameBytes?: number) => void;
  /** Counts a control frame; false when it is not to be answered. */
  allowControl: (connection: Connection) => boolean;
};
