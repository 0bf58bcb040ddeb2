import type { Attack, Orders, Tally } from '../attack';
import { WireDevice } from '../wire/wire-device';
import { writeFrame } from '../wire/wire-frames';
import { bytes, count, countsOf, edgeOf, from, many, of, repeat } from './attacking';

type Flood = {
  readonly registered: boolean;
  /** What is written again and again, as one piece. */
  readonly piece: Buffer;
  readonly framesOfPiece: number;
  /** Written once, first. */
  readonly begin?: Buffer;
};

const runners = 8;

/** Writes until the edge closes the connection, and begins again. */
async function flood(orders: Orders, { registered, piece, framesOfPiece, begin }: Flood): Promise<Tally> {
  const tally: Tally = {};
  await repeat(orders, many(orders, runners), tally, async (runner, isOver) => {
    const device = await WireDevice.connect(edgeOf(orders, runner), from(orders));
    if (registered) await device.register();
    if (begin !== undefined) device.socket.raw(begin);
    while (device.socket.isOpen && !isOver()) {
      device.socket.raw(piece);
      count(tally, 'frames', framesOfPiece);
      count(tally, 'bytes', piece.length);
      await device.socket.drained();
      // So that a close is noticed.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (!device.socket.isOpen) count(tally, `closed ${await device.socket.closed}`);
    device.disconnect();
  });
  return tally;
}

function gotOf(tally: Tally): string {
  const written = `${of(tally, 'frames')} frames, ${bytes(of(tally, 'bytes'))} written`;
  return `${written}; closed ${countsOf(tally, 'closed ')}; upgrades refused ${countsOf(tally, 'refused ')}`;
}

function repeated(frame: Buffer, times: number): Buffer {
  return Buffer.concat(Array.from({ length: times }, () => frame));
}

const textOpcode = 1;
const pongOpcode = 10;
const badText = `{"type":"Send","payload":${'['.repeat(1_000_000)}`;
const keyed = JSON.stringify({
  type: 'Ping',
  payload: Object.fromEntries(Array.from({ length: 2040 }, (_, i) => [`k${i}`, i])),
});

function floodAttack(name: string, summary: string, plan: Flood): Attack {
  return { name, summary, act: (orders) => flood(orders, plan), got: gotOf };
}

const mebibyte = 1_048_576;

export const largeBeforeRegister = floodAttack('large-before-register', '1 MiB bad frames before Register', {
  registered: false,
  piece: writeFrame(textOpcode, Buffer.from(badText.padEnd(mebibyte, '['))),
  framesOfPiece: 1,
});

export const emptyTexts = floodAttack('empty-texts', 'empty texts', {
  registered: true,
  piece: repeated(writeFrame(textOpcode, Buffer.alloc(0)), 1000),
  framesOfPiece: 1000,
});

export const manyKeys = floodAttack('many-keys', 'frames of 2,040 keys', {
  registered: true,
  piece: repeated(writeFrame(textOpcode, Buffer.from(keyed)), 10),
  framesOfPiece: 10,
});

export const endlessPongs = floodAttack('endless-pongs', 'pongs that nobody asked for', {
  registered: true,
  piece: repeated(writeFrame(pongOpcode, Buffer.from('?')), 1000),
  framesOfPiece: 1000,
});

/** The first one begins the message, the others go on. */
export const endlessFragments = floodAttack('endless-fragments', 'a message of empty fragments without end', {
  registered: true,
  begin: writeFrame(textOpcode, Buffer.from('{'), { part: 'more' }),
  piece: repeated(writeFrame(0, Buffer.alloc(0), { part: 'more' }), 1000),
  framesOfPiece: 1000,
});

/** Offers compression in every way, and then sends what claims to be compressed: a little that would inflate to much. */
export const compressionOffers: Attack = {
  name: 'compression-offers',
  summary: 'compression offers, and frames that claim to be compressed',
  async act(orders) {
    const tally: Tally = {};
    const offers = [
      'permessage-deflate',
      'permessage-deflate; client_max_window_bits',
      'permessage-deflate; server_max_window_bits=15; client_no_context_takeover',
      'x-webkit-deflate-frame',
    ];
    await repeat(orders, many(orders, runners), tally, async (runner) => {
      const offer = offers[of(tally, 'offers') % offers.length]!;
      count(tally, 'offers');
      const headers = [`Sec-WebSocket-Extensions: ${offer}`];
      const device = await WireDevice.connect(edgeOf(orders, runner), { ...from(orders), headers });
      if (device.socket.answer.includes('sec-websocket-extensions')) count(tally, 'accepted');
      device.socket.raw(writeFrame(textOpcode, Buffer.alloc(1000), { compressed: true }));
      count(tally, `closed ${await device.socket.closedWithin(2000)}`);
      device.disconnect();
    });
    return tally;
  },
  got: (tally) =>
    `${of(tally, 'accepted')} of ${of(tally, 'offers')} accepted; closed ${countsOf(tally, 'closed ')}; upgrades refused ${countsOf(tally, 'refused ')}`,
  faults: (tally) => (of(tally, 'accepted') > 0 ? [`Compression was accepted ${of(tally, 'accepted')} times.`] : []),
};
