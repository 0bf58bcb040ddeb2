import {
  type ClaimKey,
  type ConnectionOptions,
  type Link,
  type PeerFrames,
  RegisteredConnection,
  RelayError,
} from '../connection/index';
import { fromBase64 } from '../crypto/index';
import { PairingError } from './exchange/pairing-error';
import type {
  AuthFrame,
  AuthType,
  OpenTemporaryLink,
  PairingLink,
  PairingListener,
  TemporaryLink,
} from './exchange/pairing-link';

/** Both a link and a connection. */
type AuthSource = PeerFrames & { on: RegisteredConnection['on'] };

const authEvents = {
  authRequest: 'AuthRequest',
  authResponse: 'AuthResponse',
  authVerify: 'AuthVerify',
  authSuccess: 'AuthSuccess',
} as const satisfies Record<string, AuthType>;

/** What pairing needs of a link that comes back; a pairing does not outlive the connection that it began on. */
export function pairingLinkOf(link: Link): PairingLink {
  return {
    id: link.hardwareId,
    sendAuth: (recipientId, frame) => sendAuth(link, recipientId, frame),
    listen: (listener) => {
      const stops = [
        listen(link, listener),
        link.on('state', (state) => {
          if ('code' in state) listener.closed(typeof state.code === 'number' ? state.code : 1006);
        }),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

/** Second connections to the same relay. @param options of now: all but the id and its claim */
export function temporaryLinksTo(options: () => Omit<ConnectionOptions, 'hardwareId' | 'claim'>): OpenTemporaryLink {
  return async (hardwareId, key) => {
    const connect = (claim?: ClaimKey) => RegisteredConnection.connect({ ...options(), hardwareId, claim });
    const connection = await connect()
      // A claim is remembered for months: only where there must be one.
      .catch(async (error: unknown) => (isUnproven(error) ? connect(await key()) : rethrow(error)))
      .catch((error: unknown) => rethrow(isUnproven(error) ? new PairingError('number-taken') : error));
    return temporaryLinkOf(connection);
  };
}

function isUnproven(error: unknown): boolean {
  return error instanceof RelayError && error.code === 401;
}

function rethrow(error: unknown): never {
  throw error;
}

function temporaryLinkOf(connection: RegisteredConnection): TemporaryLink {
  return {
    id: connection.hardwareId,
    sendAuth: (recipientId, frame) => sendAuth(connection, recipientId, frame),
    listen: (listener) => {
      let isListening = true;
      const stop = listen(connection, listener);
      void connection.closed.then(({ code }) => isListening && listener.closed(code));
      return () => {
        isListening = false;
        stop();
      };
    },
    close: () => void connection.close(),
  };
}

function listen(source: AuthSource, listener: PairingListener): () => void {
  const stops = Object.entries(authEvents).map(([name, type]) =>
    source.on(name as keyof typeof authEvents, ({ senderId, payload }) =>
      listener.auth(senderId, { type, fields: payload }),
    ),
  );
  stops.push(source.on('refused', ({ code }) => typeof code === 'number' && listener.refused(code)));
  return () => {
    for (const stop of stops) stop();
  };
}

function sendAuth(peers: PeerFrames, recipientId: string, frame: AuthFrame): void {
  const { public_key, challenge, challenge_response, trusted, ...extra } = frame.fields;
  const bytes = (value: unknown) => fromBase64(String(value)) ?? new Uint8Array();
  switch (frame.type) {
    case 'AuthRequest':
      peers.sendAuthRequest({ recipientId, publicKey: bytes(public_key), challenge: bytes(challenge), extra });
      return;
    case 'AuthResponse':
      peers.sendAuthResponse({
        recipientId,
        challengeResponse: bytes(challenge_response),
        challenge: bytes(challenge),
        extra,
      });
      return;
    case 'AuthVerify':
      peers.sendAuthVerify({ recipientId, challengeResponse: bytes(challenge_response), extra });
      return;
    case 'AuthSuccess':
      peers.sendAuthSuccess({ recipientId, trusted: trusted === true, extra });
      return;
    default: {
      frame.type satisfies never;
    }
  }
}
