/** An `offline` connection has said `Status: Offline`: its socket is open, its messages queue. */
export type ConnectionState = 'unregistered' | 'registering' | 'registered' | 'offline' | 'closed';

export type ConnectionEvent =
  /** It asks Redis to hold its device. */
  | 'attempted'
  /** Redis has said that it holds it. */
  | 'confirmed'
  /** Redis could not be asked: for a connection that had held its device before, and for one that never had. */
  | 'refused'
  | 'refusedFirst'
  /** The device has said `Status: Offline`. */
  | 'wentOffline'
  | 'closed';

/** What is not named here changes nothing. */
const transitions: Record<ConnectionState, Partial<Record<ConnectionEvent, ConnectionState>>> = {
  unregistered: { attempted: 'registering', confirmed: 'registered', closed: 'closed' },
  registering: {
    confirmed: 'registered',
    refused: 'offline',
    refusedFirst: 'unregistered',
    wentOffline: 'offline',
    closed: 'closed',
  },
  registered: { wentOffline: 'offline', closed: 'closed' },
  offline: { attempted: 'registering', refusedFirst: 'unregistered', closed: 'closed' },
  closed: {},
};

export function stateAfter(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  return transitions[state][event] ?? state;
}
