import { randomBytes, randomUUID } from 'node:crypto';
import { eventually, freshHardwareId, type ReceivedFrame, TestDevice } from '@openrelay/testing';
import { appJson, base64, decodeData, openClip, sealClip } from './app-wire';

/** The two that are about; they differ in whom they answer, and in whether they send to a device that they asked. */
export type Branch = 'main' | 'dev';

type Stored = {
  deviceId: string;
  relayDeviceId: string | undefined;
  hardwareId: string;
  readonly name: string;
  readonly key: Buffer;
  connection: 'Relay' | 'Local';
};

type Fields = Record<string, unknown>;
export type AppClip = { readonly format: string; readonly bytes: Buffer };

const largestWhole = 51_200;
const chunkCharacters = 40_960;
const fragmentBytes = 16_384;

/** The Windows app as its sources were described, quirks included. Its user's decisions are `decide`. */
export class WindowsAppDouble {
  /** What its clipboard was set to from elsewhere. */
  readonly pasted: AppClip[] = [];
  readonly dialogs: string[] = [];
  readonly stored: Stored[] = [];
  /** What its user answers to the dialog. */
  decide: () => Promise<'accept' | 'decline'> = async () => 'accept';
  /** Windows tells of an image that was set as of one that was copied. */
  reportsImages = false;
  private readonly localId = randomUUID();
  private readonly pending = new Map<string, (payload: Fields) => void>();
  private readonly chunks = new Map<string, (string | undefined)[]>();
  private keyId = 1;
  private life: 'running' | 'closed' = 'running';

  private constructor(
    readonly branch: Branch,
    private readonly wire: TestDevice,
    readonly name: string,
  ) {}

  static async start(
    branch: Branch,
    relayUrl: string,
    hardwareId = freshHardwareId(),
    name = 'PC <Büro>',
  ): Promise<WindowsAppDouble> {
    const wire = await TestDevice.connect(relayUrl);
    wire.hardwareId = hardwareId;
    wire.sendText(`{"type":"Register","payload":{"hardware_id":"${hardwareId}"}}`);
    await wire.next('RegisterResponse');
    const app = new WindowsAppDouble(branch, wire, name);
    void app.run(); // never rejects
    return app;
  }

  /** "Your Relay Device ID". */
  get id(): string {
    return this.wire.hardwareId;
  }

  close(): void {
    this.life = 'closed';
    this.wire.terminate();
  }

  /** Tray, Add Device (Relay). */
  async addDevice(peerId: string): Promise<'stored' | 'declined' | 'no answer'> {
    const requestId = randomUUID();
    const answer = new Promise<Fields>((resolve) => this.pending.set(requestId, resolve));
    const payload = {
      request_id: requestId,
      device_id: this.localId,
      device_name: this.name,
      platform: 'Windows',
      public_key: randomBytes(270).toString('base64'),
      challenge: randomBytes(32).toString('base64'),
      hardware_id: this.id,
    };
    this.send(peerId, this.wrapped('PairingRequest', payload));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), 30_000);
    });
    const response = await Promise.race([answer, late]);
    clearTimeout(timer);
    this.pending.delete(requestId);
    if (response === undefined) return 'no answer';
    return response.accepted === true ? 'stored' : 'declined';
  }

  /** Its user copies: one `Send` for each device that it sends to, or many. */
  copy(format: 'text/plain' | 'image/png', bytes: Buffer): void {
    for (const device of this.stored) {
      if (device.connection === 'Relay' && device.relayDeviceId !== undefined) this.sendClip(device, format, bytes);
    }
  }

  /** A weekly rotation, which changes no clipboard's key. */
  rotate(peerId: string): void {
    this.keyId += 1;
    this.send(peerId, this.wrapped('KeyRotationUpdate', { current_key_id: this.keyId, key_package: 'AAAA' }));
  }

  private async run(): Promise<void> {
    while (this.life === 'running') {
      const frame = await this.wire.next('Receive', { timeoutMs: 600_000 }).catch(() => undefined);
      if (frame === undefined) return;
      await this.handle(frame).catch(() => {});
      // After handling, also when that failed.
      this.wire.sendText(`{"type":"Ack","payload":{"message_id":"${String(frame.payload.message_id)}"}}`);
    }
  }

  private async handle({ payload: outer }: ReceivedFrame): Promise<void> {
    const inner = decodeData(String(outer.encrypted_data)) as Fields | undefined;
    const outerHardwareId = String(outer.hardware_id);
    this.rewriteIds(outerHardwareId, String(outer.sender_id));
    switch (inner?.type) {
      case 'PairingRequest':
        return this.requested(inner, outer);
      case 'PairingResponse':
        return this.answered(inner, outer);
      case 'ClipboardUpdate':
        return this.update(inner, outer);
      case 'ClipboardChunk':
        return this.chunk(inner, outer);
    }
  }

  /** "Temporary debugging code": every frame of a known hardware id. */
  private rewriteIds(hardwareId: string, senderId: string): void {
    const device = this.stored.find((stored) => stored.hardwareId === hardwareId);
    if (device === undefined) return;
    device.deviceId = senderId;
    device.relayDeviceId = senderId;
  }

  private async requested(inner: Fields, outer: Fields): Promise<void> {
    const { sender_id: senderId, sender_name: senderName } = inner;
    if (typeof senderId !== 'string' || typeof senderName !== 'string') return;
    const { request_id: requestId } = inner.payload as Fields;
    const known = this.stored.find(
      ({ deviceId, hardwareId }) => deviceId === senderId || hardwareId === outer.hardware_id,
    );
    if (known === undefined) this.dialogs.push(senderName);
    const answerTo = String(this.branch === 'main' ? outer.sender_id : senderId);
    if (known === undefined && (await this.decide()) === 'decline') {
      return this.respond(answerTo, requestId, undefined);
    }
    const device = known ?? this.store(senderId, senderName, outer, randomBytes(32));
    device.connection = 'Relay';
    device.relayDeviceId = answerTo;
    this.respond(answerTo, requestId, device.key);
  }

  private respond(to: string, requestId: unknown, key: Buffer | undefined): void {
    const payload = {
      type: 'PairingResponse',
      device_id: this.localId,
      device_name: this.name,
      hardware_id: this.id,
      timestamp: Math.floor(Date.now() / 1000),
      request_id: requestId,
      accepted: key !== undefined,
      public_key: null,
      challenge_response: '',
      challenge: null,
      encrypted_shared_key: key?.toString('base64') ?? null,
    };
    this.send(to, this.wrapped('PairingResponse', payload));
  }

  private answered(inner: Fields, outer: Fields): void {
    const payload = inner.payload as Fields;
    const { request_id, accepted, device_id, encrypted_shared_key: key } = payload;
    const pending = this.pending.get(String(request_id));
    if (pending === undefined || typeof accepted !== 'boolean') return;
    if (accepted && typeof key === 'string' && key !== '' && typeof device_id === 'string' && device_id !== '') {
      const device = this.store(device_id, String(inner.sender_name), outer, Buffer.from(key, 'base64'));
      // On dev it has no address, and is never sent to.
      device.connection = this.branch === 'main' ? 'Relay' : 'Local';
      device.relayDeviceId = this.branch === 'main' ? String(outer.sender_id) : undefined;
    }
    pending(payload);
  }

  private store(deviceId: string, name: string, outer: Fields, key: Buffer): Stored {
    const [hardwareId, relayDeviceId] = [String(outer.hardware_id), String(outer.sender_id)];
    const device: Stored = { deviceId, relayDeviceId, hardwareId, name, key, connection: 'Relay' };
    this.stored.push(device);
    return device;
  }

  private update({ format, data }: Fields, outer: Fields): void {
    if (typeof format !== 'string' || typeof data !== 'string' || data === '') return;
    const device =
      this.stored.find(({ deviceId }) => deviceId === outer.sender_id) ??
      this.stored.find(({ hardwareId }) => hardwareId === outer.hardware_id);
    if (device === undefined) return;
    this.paste(device, format, data);
  }

  private chunk(inner: Fields, outer: Fields): void {
    const { sender_id, format, chunk_id, chunk_index, chunk_count, chunk_data } = inner;
    for (const field of ['sender_name', 'is_binary', 'key_id', 'timestamp', 'hardware_id']) {
      if (inner[field] === undefined) return;
    }
    const device = this.stored.find(({ deviceId }) => deviceId === sender_id);
    if (device === undefined || device.hardwareId !== outer.hardware_id) return;
    const pieces = this.chunks.get(String(chunk_id)) ?? Array.from<string | undefined>({ length: Number(chunk_count) });
    this.chunks.set(String(chunk_id), pieces);
    pieces[Number(chunk_index)] = String(chunk_data);
    if (!pieces.includes(undefined)) this.paste(device, String(format), pieces.join(''));
  }

  private paste(device: Stored, format: string, data: string): void {
    const bytes = openClip(device.key, data);
    this.pasted.push({ format, bytes });
    if (format === 'image/png' && this.reportsImages) {
      // Encoded anew: other bytes, the same picture.
      this.copy('image/png', Buffer.concat([bytes, Buffer.from('encoded anew')]));
    }
  }

  private sendClip(device: Stored, format: string, plain: Buffer): void {
    const data = sealClip(device.key, plain);
    const [isBinary, timestamp] = [format === 'image/png', Math.floor(Date.now() / 1000)];
    const shared = { hardware_id: this.id, format, is_binary: isBinary, key_id: this.keyId, timestamp };
    const whole = appJson({
      type: 'ClipboardUpdate',
      device_id: this.localId,
      device_name: this.name,
      ...shared,
      data,
    });
    if (whole.length <= largestWhole) this.send(device.relayDeviceId!, whole, isBinary ? 'Image' : 'Text');
    else this.sendChunks(device.relayDeviceId!, shared, data);
  }

  private sendChunks(recipientId: string, shared: Fields, data: string): void {
    const chunkId = randomUUID();
    const count = Math.ceil(data.length / chunkCharacters);
    for (let index = 0; index < count; index += 1) {
      const piece = data.slice(index * chunkCharacters, (index + 1) * chunkCharacters);
      const chunk = { chunk_id: chunkId, chunk_index: index, chunk_count: count, chunk_data: piece };
      const fields = { type: 'ClipboardChunk', sender_id: this.localId, sender_name: this.name, ...shared, ...chunk };
      this.send(recipientId, appJson(fields));
    }
  }

  private wrapped(type: string, payload: object): string {
    return appJson({ type, sender_id: this.localId, sender_name: this.name, hardware_id: this.id, payload });
  }

  private send(recipientId: string, inner: string, contentType = 'Text'): void {
    const data = base64(inner);
    const payload = {
      recipient_id: recipientId,
      sender_id: this.id,
      message_id: randomUUID(),
      encrypted_data: data,
      timestamp: Math.floor(Date.now() / 1000),
      ttl: 300,
      hardware_id: this.id,
      content_type: contentType,
      size_bytes: data.length,
    };
    this.wire.sendFragments(appJson({ type: 'Send', payload }), fragmentBytes);
  }
}

/** What it pasted last, once it is this. */
export async function untilPasted(app: WindowsAppDouble, format: string, bytes: Buffer): Promise<void> {
  await eventually(() => {
    const last = app.pasted.at(-1);
    if (last?.format !== format || !last.bytes.equals(bytes)) throw new Error(`It pasted ${last?.bytes.length} bytes.`);
  });
}
