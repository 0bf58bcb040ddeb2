import { addCounts } from '../tally/totals';
import { Device } from '../wire/device';
import { readInbound } from '../wire/inbound';
import type { Flow } from './flow';
import type { Recorder } from './recorder';

/** A device with the flow that it sends and the one that it receives. */
export class Peer extends Device {
  outgoing: Flow | undefined;
  incoming: Flow | undefined;

  constructor(
    hardwareId: string,
    port: number,
    private readonly recorder: Recorder,
  ) {
    super(hardwareId, port);
  }

  protected text(bytes: Buffer, start: number, end: number): void {
    const inbound = readInbound(bytes, start, end);
    switch (inbound.type) {
      case 'Receive':
        if (this.incoming) this.incoming.received(bytes, start, end, inbound.idOffset, performance.now());
        else this.recorder.totals.misrouted += 1;
        break;
      case 'Ack':
        this.outgoing?.acked(bytes, inbound.idOffset, performance.now());
        break;
      case 'Error':
        addCounts(this.recorder.totals.errors, { [inbound.code]: 1 });
        if (inbound.messageId !== undefined) this.outgoing?.refused(Buffer.from(inbound.messageId));
        break;
      case 'unreadable':
        this.recorder.totals.unreadable += 1;
        break;
      case 'other':
        break;
    }
  }

  protected readEnd(): void {
    this.incoming?.answer();
  }

  protected lost(kind: string): void {
    addCounts(this.recorder.totals.closes, { [kind]: 1 });
  }
}
