import { expect } from '@jest/globals';
import { type Cluster, startCluster, unlimited } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import type { DeviceMessage, DeviceOptions } from '../../src/index';
import { type DeviceRig, pairDevices, startDevice } from '../device-rig';
import { RelayInTheMiddle } from './relay-in-the-middle';

export type ReadingRig = DeviceRig & {
  readonly id: string;
  /** The texts that came, in order. */
  readonly read: string[];
};

/** Real devices, a real edge, and between them a relay that lies. */
export class MiddleRig {
  middle!: RelayInTheMiddle;
  private cluster!: Cluster;
  private readonly rigs: DeviceRig[] = [];
  private readonly lasting: ReadingRig[] = [];

  /** For `beforeAll`. */
  async start(): Promise<void> {
    this.cluster = await startCluster({ edges: 1, env: unlimited });
    this.middle = await RelayInTheMiddle.start(this.cluster.edge(0).url);
  }

  /** For `afterEach`: the truth again, and no device but the three that last. */
  async clear(): Promise<void> {
    this.middle.lie = () => undefined;
    this.middle.passed.length = 0;
    await Promise.all(this.rigs.splice(0).map((rig) => rig.close()));
    for (const { read, events } of this.lasting) {
      read.length = 0;
      events.length = 0;
    }
  }

  /** For `afterAll`. */
  async stop(): Promise<void> {
    await Promise.all(this.lasting.map((rig) => rig.close()));
    await this.middle.stop();
    await this.cluster.stop();
  }

  async device(name: string, options: Partial<DeviceOptions> = {}): Promise<ReadingRig> {
    const rig = await this.started(name, options);
    this.rigs.push(rig);
    return rig;
  }

  /** One knows both others, who do not know each other. The same three in each test of a file, for the sake of time. */
  async threePaired(): Promise<{ one: ReadingRig; other: ReadingRig; third: ReadingRig }> {
    if (this.lasting.length === 0) {
      for (const name of ['one', 'other', 'third']) this.lasting.push(await this.started(name));
      const [one, ...others] = this.lasting;
      for (const each of others) await pairDevices(one!, each);
    }
    const [one, ...others] = this.lasting;
    for (const each of others) await this.refreshed(one!, each);
    return { one: one!, other: others[0]!, third: others[1]! };
  }

  /** What an earlier test let go missing is told now, and not in the middle of the next one. */
  private async refreshed(one: ReadingRig, other: ReadingRig): Promise<void> {
    await one.device.send(other.id, { text: 'refreshed' });
    await other.device.send(one.id, { text: 'refreshed' });
    await eventually(() => expect([one.read.at(-1), other.read.at(-1)]).toEqual(['refreshed', 'refreshed']));
    await this.clear();
  }

  private async started(name: string, options: Partial<DeviceOptions> = {}): Promise<ReadingRig> {
    const read: string[] = [];
    const onMessage = ({ content }: DeviceMessage): void => void ('text' in content && read.push(content.text));
    const rig = await startDevice(name, this.middle.url, { onMessage, ...options });
    return Object.assign(rig, { read, id: rig.device.identity.id });
  }
}
