import {
  type Accepted,
  type AuthRequest,
  type AuthResponse,
  type AuthSuccess,
  type AuthVerify,
  type ReceivedMessage,
  RegisteredConnection,
  RelayError,
} from '@openrelay/client';
import { explainingSocket } from './explaining-socket';
import { createIdentity, type Identity, type PublicIdentity } from './identity';
import { Mailbox } from './mailbox';
import { seal, unseal } from './sealing';

const claimWanted =
  'the relay wants every device to claim its id with a key (RELAY_CLAIMS=required), and the devices of the demo claim none: run it on a relay with RELAY_CLAIMS=optional';

/** Nobody else has the fresh ids of the demo. */
function wantsClaim(error: unknown): boolean {
  return error instanceof RelayError && error.code === 401;
}

type Sent<Message> = Message & { readonly senderId: string };

/** A person's device: its keys, its connection while it has one, and what arrived on it. */
export class Participant {
  readonly identity: Identity = createIdentity();
  readonly authRequests = new Mailbox<Sent<AuthRequest>>('AuthRequest');
  readonly authResponses = new Mailbox<Sent<AuthResponse>>('AuthResponse');
  readonly authVerifies = new Mailbox<Sent<AuthVerify>>('AuthVerify');
  readonly authSuccesses = new Mailbox<Sent<AuthSuccess>>('AuthSuccess');
  readonly messages = new Mailbox<ReceivedMessage>('message');
  /** The other device, once its keys are known. */
  peer: PublicIdentity | undefined;
  private connected: RegisteredConnection | undefined;

  constructor(readonly name: string) {}

  get device(): RegisteredConnection {
    if (this.connected === undefined) throw new Error(`${this.name} is not connected`);
    return this.connected;
  }

  async connect(url: string): Promise<void> {
    const { Socket, explained } = explainingSocket(url);
    this.connected = await RegisteredConnection.connect({
      url,
      hardwareId: this.identity.hardwareId,
      encoding: 'json',
      WebSocket: Socket,
      handlers: {
        authRequest: (message) => this.authRequests.add(message),
        authResponse: (message) => this.authResponses.add(message),
        authVerify: (message) => this.authVerifies.add(message),
        authSuccess: (message) => this.authSuccesses.add(message),
      },
    }).catch((error: unknown) => {
      throw wantsClaim(error) ? new Error(claimWanted) : explained(error);
    });
    this.connected.onReceive((message) => this.messages.add(message));
  }

  /** Waits for a Pong first: with it the edge has read the Acks that were written before the Ping. */
  async leave(): Promise<void> {
    await this.device.ping();
    await this.disconnect();
  }

  async disconnect(): Promise<void> {
    await this.connected?.close();
    this.connected = undefined;
  }

  send(text: string, ttlSeconds = 300): Promise<Accepted> {
    const peer = this.knownPeer();
    const { encryptedData, signature } = seal(text, this.identity, peer);
    const data = Buffer.from(encryptedData, 'base64');
    return this.device.send({ recipientId: peer.hardwareId, ttlSeconds, contentType: 'Text', data, signature });
  }

  /** The next message, decrypted. */
  async read(): Promise<string> {
    const { senderId, data, signature = '' } = await this.messages.next();
    const peer = this.knownPeer();
    if (senderId !== peer.hardwareId) {
      throw new Error(`a message of ${senderId.slice(0, 8)} came, whom ${this.name} never paired with`);
    }
    return unseal({ encryptedData: Buffer.from(data).toString('base64'), signature }, peer, this.identity);
  }

  /** What should arrive at the other device, unless the relay refuses to carry it. */
  async unlessRefused<Arrival>(arrival: Promise<Arrival>): Promise<Arrival> {
    let forget = (): void => {};
    const refused = new Promise<never>((_, reject) => {
      forget = this.device.on('refused', reject);
    });
    try {
      return await Promise.race([arrival, refused]);
    } finally {
      forget();
    }
  }

  private knownPeer(): PublicIdentity {
    if (this.peer === undefined) throw new Error(`${this.name} is not paired with another device`);
    return this.peer;
  }
}
