import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Duplex } from 'node:stream';

export type Upgrade = {
  /** 101 when the socket is open now, 0 when the connection was cut without an answer. */
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** Ends the connection if it is open. */
  close(): void;
};

const answerMs = 15_000;
const headers = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** Asks for a WebSocket from an address of this machine, as a device does that then says nothing. */
export function upgradeFrom(localAddress: string, url: string, ca?: string): Promise<Upgrade> {
  const target = new URL(url.replace(/^ws/, 'http'));
  const options = { headers, localAddress, agent: false, timeout: answerMs };
  const asked = target.protocol === 'https:' ? secureRequest(target, { ...options, ca }) : request(target, options);
  return outcomeOf(asked.end());
}

function outcomeOf(asked: ClientRequest): Promise<Upgrade> {
  return new Promise((resolve) => {
    asked.once('upgrade', (answer, socket) => resolve(upgraded(answer, socket)));
    asked.once('response', (answer) => {
      answer.resume();
      resolve(upgraded(answer, answer.socket));
    });
    asked.once('timeout', () => asked.destroy());
    asked.on('error', () => resolve({ status: 0, retryAfter: undefined, close: () => undefined }));
  });
}

function upgraded({ statusCode = 0, headers: answered }: IncomingMessage, socket: Duplex): Upgrade {
  // It may be cut at any time, as is what the test is about.
  socket.on('error', () => undefined);
  return { status: statusCode, retryAfter: answered['retry-after'], close: () => socket.destroy() };
}
