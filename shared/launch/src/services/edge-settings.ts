/** Settings for edges that somebody looks at for something else. */

/** No limit in the way: none where a setting can say so, and else the highest. */
export const unlimited = {
  RELAY_REQUESTS_PER_MINUTE: '0',
  RELAY_POINTS_PER_MINUTE: '0',
  RELAY_CONTROL_FRAMES_PER_MINUTE: '0',
  RELAY_REGISTRATIONS_PER_MINUTE: '0',
  RELAY_QUEUE_MAX_MESSAGES: '1000000',
  RELAY_QUEUE_MAX_BYTES: String(2 ** 40),
  RELAY_MAX_UNREGISTERED: '1000000',
  RELAY_CONNECTIONS_PER_SECOND: '0',
  RELAY_STORE_MAX_BYTES: String(2 ** 50),
} as const;

/** They leave at once when they are told to, as nobody waits behind a load balancer for them to drain. */
export const quickDrain = { RELAY_DRAIN_SECONDS: '0', RELAY_DRAIN_LEAD_SECONDS: '0' } as const;
