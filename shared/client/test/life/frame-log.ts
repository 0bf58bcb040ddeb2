import WebSocket from 'ws';
import { fromBase64, type WebSocketConstructor } from '../../src/index';

type Frame = { readonly type: string; readonly payload?: Readonly<Record<string, unknown>> };
export type Said = Frame & { readonly from: string; readonly to: string };

/** What the relay itself says; everything else that it hands on was said by a device, and is in the log already. */
const ofTheRelay = ['Challenge', 'RegisterResponse', 'ContactsResponse', 'Ack', 'Error'];
const kinds = ['notice', 'message', 'transfer', 'introduction', 'control'];

/** What devices and the relay say to each other in JSON frames, as each device sees it. */
export class FrameLog {
  readonly said: Said[] = [];
  private readonly names = new Map<string, string>();

  name(id: string, shown: string): void {
    this.names.set(id, shown);
  }

  /** A WebSocket for all connections of one device. */
  socketOf(device: string): WebSocketConstructor {
    const { said } = this;
    return class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        this.on('message', (data) => {
          const frame = JSON.parse((data as Buffer).toString()) as Frame;
          if (ofTheRelay.includes(frame.type)) said.push({ from: 'relay', to: device, ...frame });
        });
      }

      override send(data: unknown): void {
        said.push({ from: device, to: 'relay', ...(JSON.parse(data as string) as Frame) });
        super.send(data as string);
      }
    } as WebSocketConstructor;
  }

  /** One line, with what differs from run to run put into words. */
  line({ from, to, type, payload = {} }: Said): string {
    const fields = Object.entries(payload).map(([field, value]) => `${field}: ${this.shown(field, value)}`);
    return `${from} → ${to}  ${type} {${fields.join(', ')}}`;
  }

  private shown(field: string, value: unknown): string {
    if (typeof value === 'object') return '{…}';
    if (typeof value === 'number')
      return /timestamp|expires_at|size_bytes/.test(field) ? `<${unitOf(field)}>` : `${value}`;
    if (typeof value !== 'string') return `${value as boolean}`;
    const name = this.names.get(value);
    if (name !== undefined) return `<${name}>`;
    if (field === 'message_id') return '<UUID>';
    if (/^[a-z]+$/i.test(value)) return value;
    const bytes = fromBase64(value);
    if (bytes === undefined) return value;
    return field === 'encrypted_data' || field === 'encrypted_key_package'
      ? sealedWords(bytes)
      : `<${bytesOf(bytes, field)}>`;
  }
}

function unitOf(field: string): string {
  return { timestamp: 'Unix s', expires_at: 'Unix ms' }[field] ?? 'bytes';
}

/** Boxes grow with the names in them. */
function bytesOf({ length }: Uint8Array, field: string): string {
  return field === 'challenge' && length > 100 ? 'box' : length > 200 ? '…, box' : `${length} bytes`;
}

/** What the relay, too, could read of it. */
function sealedWords(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return `<${kinds[bytes[1]!]}, key ${view.getBigUint64(2)}, counter ${view.getBigUint64(10)}>`;
}
