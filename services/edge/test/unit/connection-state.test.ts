import { expect, test } from '@jest/globals';
import { type ConnectionEvent, type ConnectionState, stateAfter } from '../../src/connection/connection-state';

const events: ConnectionEvent[] = ['attempted', 'confirmed', 'refused', 'refusedFirst', 'wentOffline', 'closed'];

/** The state after each of the events, in their order. */
const expected: Record<ConnectionState, ConnectionState[]> = {
  unregistered: ['registering', 'registered', 'unregistered', 'unregistered', 'unregistered', 'closed'],
  registering: ['registering', 'registered', 'offline', 'unregistered', 'offline', 'closed'],
  registered: ['registered', 'registered', 'registered', 'registered', 'offline', 'closed'],
  offline: ['registering', 'offline', 'offline', 'unregistered', 'offline', 'closed'],
  closed: ['closed', 'closed', 'closed', 'closed', 'closed', 'closed'],
};

const cases = Object.entries(expected).flatMap(([state, after]) =>
  events.map((event, i) => ({ state: state as ConnectionState, event, after: after[i] })),
);

test.each(cases)('$state, $event: $after', ({ state, event, after }) => {
  expect(stateAfter(state, event)).toBe(after);
});
