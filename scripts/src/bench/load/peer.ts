/** Hands what a device reads to the flow it belongs to. */
import type { DeviceEvents } from './device';
import type { Flow } from './flow';
import { readInbound } from './inbound';
import type { Recorder } from './recorder';

export class Peer implements DeviceEvents {
  /** The flow this device sends, and the one it receives. */
  outgoing: Flow | undefined;
  incoming: Flow | undefined;

  constructor(private readonly recorder: Recorder) {}

  text(bytes: Buffer, start: number, end: number): void {
    const inbound = readInbound(bytes, start, end);
    switch (inbound.type) {
      case 'Receive':
        this.received(bytes, start, end, inbound.idOffset);
        break;
      case 'Ack':
        this.outgoing?.acked(bytes, inbound.idOffset, performance.now());
        break;
      case 'Error':
        this.refused(inbound.code, inbound.messageId);
        break;
      case 'unreadable':
        this.recorder.count('unreadable');
        break;
      case 'other':
        break;
    }
  }

  readEnd(): void {
    this.incoming?.answer();
  }

  lost(reason: string): void {
    this.recorder.closed(reason);
  }

  private received(bytes: Buffer, start: number, end: number, idOffset: number): void {
    if (this.incoming) this.incoming.received(bytes, start, end, idOffset, performance.now());
    else this.recorder.count('misrouted');
  }

  private refused(code: number, messageId: string | undefined): void {
    if (this.outgoing) this.outgoing.refused(code, messageId);
    else this.recorder.error(code);
  }
}
