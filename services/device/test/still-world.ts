import WebSocket from 'ws';
import type { Output, World } from '../src/session/world';

const silent: Output = { write: () => {}, isTerminal: false, columns: () => 80, colours: 'no' };

const nowhere = '/nowhere';

/** A world in which nothing happens, but for what a test says. */
export function stillWorld(of: Partial<World> = {}): World {
  return {
    env: {},
    folders: { settings: nowhere, store: nowhere, state: nowhere, socket: nowhere, received: nowhere },
    platform: 'linux',
    hostName: 'test',
    home: '/',
    program: ['node', 'openrelay'],
    cwd: '/',
    pid: 1,
    version: '1',
    stdin: process.stdin,
    stdout: silent,
    stderr: silent,
    WebSocket,
    now: () => 0,
    onInterrupt: () => () => {},
    startInBackground: () => {
      throw new Error('nothing starts here');
    },
    ...of,
  };
}
