import { type Cluster, type RunningEdge, startCluster, unlimited } from '@openrelay/launch';
import { TestDevice } from '@openrelay/testing';
import { packedDevice, packFrame } from '../../src/devices/packed-device';
import { largestFrameBytes } from './frames-of-strangers';

const settings = { ...unlimited, RELAY_MAX_FRAME_BYTES: String(largestFrameBytes) };

/** An edge that strangers say anything to, and two well-behaved devices on it that must not notice. */
export class EdgeUnderAttack {
  private constructor(
    private readonly cluster: Cluster,
    private plain: TestDevice,
    private packed: TestDevice,
  ) {}

  static async start(): Promise<EdgeUnderAttack> {
    const cluster = await startCluster({ edges: 1, env: settings });
    return new EdgeUnderAttack(cluster, ...(await residents(cluster.edge(0))));
  }

  private get edge(): RunningEdge {
    return this.cluster.edge(0);
  }

  get url(): string {
    return this.edge.url;
  }

  get port(): number {
    return this.edge.port;
  }

  /** Whom strangers may write to. */
  get residentIds(): [string, string] {
    return [this.plain.hardwareId, this.packed.hardwareId];
  }

  /** A new edge when the last attack ended it, so that a smaller attack that ends it can be looked for. */
  async revive(): Promise<void> {
    if (this.plain.isOpen && this.packed.isOpen) return;
    await this.cluster.restartEdge(0, 'SIGKILL');
    [this.plain, this.packed] = await residents(this.edge);
  }

  /** Liveness, one message each way between a JSON and a MessagePack device, and no frame that they cannot read. */
  async assertUnharmed(): Promise<void> {
    const health = await fetch(`${this.edge.httpUrl}/health`, { signal: AbortSignal.timeout(5000) }).catch(
      (error) => error,
    );
    if (!(health instanceof Response) || (await health.text()) !== 'OK') {
      throw new Error(`/health does not answer: ${String(health)}. The edge's last words:\n${this.edge.output()}`);
    }
    const [plain, packed] = [this.plain, this.packed];
    await deliver(plain, packed, (payload) => plain.sendFrame({ type: 'Send', payload }));
    await deliver(packed, plain, (payload) => packed.sendBinary(packFrame({ type: 'Send', payload })));
    for (const device of [plain, packed]) {
      const unreadable = device.frames.find(({ type }) => type === 'unreadable');
      if (unreadable !== undefined)
        throw new Error(`A device was handed what it cannot read: ${unreadable.text.slice(0, 2000)}`);
    }
  }

  async stop(): Promise<void> {
    this.plain.terminate();
    this.packed.terminate();
    await this.cluster.stop('SIGKILL');
  }
}

async function residents(edge: RunningEdge): Promise<[TestDevice, TestDevice]> {
  const plain = await TestDevice.connect(edge.url);
  await plain.register();
  return [plain, await packedDevice(edge)];
}

async function deliver(
  from: TestDevice,
  to: TestDevice,
  send: (payload: Record<string, unknown>) => void,
): Promise<void> {
  const message = from.message(to.hardwareId, from.subprotocol === '' ? {} : { encrypted_data: Buffer.from('sealed') });
  send(message);
  const wanted = ({ payload }: { payload: Readonly<Record<string, unknown>> }) =>
    payload.message_id === message.message_id;
  while (!wanted(await from.next('Ack')));
  while (!wanted(await to.next('Receive'))); // strangers' messages are in between
}
