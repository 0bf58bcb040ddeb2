import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Attack, Orders, Tally } from '../attack';
import type { Place } from '../wire/wire-socket';
import { count, countsOf, each, edgeOf, of, repeat } from './attacking';

/** A request within a request: who answers it has disagreed with somebody about where the first one ends. */
const inner = 'GET /metrics HTTP/1.1\r\nHost: inner\r\n\r\n';
const innerChunk = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;

/** Each with the answers that are right for it: one, or one for each request of a pipeline. */
const requests: readonly { readonly name: string; readonly text: string; readonly most: number }[] = [
  {
    name: 'HEAD with two lengths',
    text: withHeaders('HEAD', ['Content-Length: 0', `Content-Length: ${inner.length}`], inner),
    most: 1,
  },
  {
    name: 'GET with two lengths',
    text: withHeaders('GET', [`Content-Length: ${inner.length}`, 'Content-Length: 0'], inner),
    most: 1,
  },
  {
    name: 'a length and chunks',
    text: withHeaders('POST', ['Content-Length: 4', 'Transfer-Encoding: chunked'], innerChunk),
    most: 1,
  },
  {
    name: 'chunks of two kinds',
    text: withHeaders('POST', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], innerChunk),
    most: 1,
  },
  { name: 'chunks with a space', text: withHeaders('POST', ['Transfer-Encoding : chunked'], innerChunk), most: 1 },
  { name: 'a length with a sign', text: withHeaders('GET', [`Content-Length: +${inner.length}`], inner), most: 1 },
  { name: 'a folded header', text: withHeaders('GET', ['X: a', ` Content-Length: ${inner.length}`], inner), most: 2 },
  { name: 'a length without end', text: withHeaders('GET', ['Content-Length: 99999999999999999999'], inner), most: 1 },
  {
    name: 'an upgrade with a body',
    text: withHeaders('GET', ['Upgrade: websocket', 'Connection: Upgrade', `Content-Length: ${inner.length}`], inner),
    most: 1,
  },
];

/** A pipeline of a HEAD with two lengths behind many good requests: it once ended the edge. */
const pipeline = `${withHeaders('GET', [], '').repeat(20)}${requests[0]!.text}`;

function withHeaders(method: string, headers: readonly string[], body: string): string {
  return [`${method} /health HTTP/1.1`, 'Host: relay', ...headers, '', body].join('\r\n');
}

const answerMs = 200;

/** How many answers came on one connection for what was written to it. */
async function answersTo(orders: Orders, place: Place, text: string): Promise<string[]> {
  const socket = connect({ ...place, localAddress: orders.address });
  socket.on('error', () => undefined);
  let received = '';
  socket.setEncoding('latin1').on('data', (more: string) => {
    received += more;
  });
  socket.write(text);
  await Promise.race([once(socket, 'close'), pause(answerMs)]);
  socket.resetAndDestroy();
  return Array.from(received.matchAll(/^HTTP\/1\.1 (\d+)/gm), ([, status]) => status!);
}

export const smuggling: Attack = {
  name: 'request-smuggling',
  summary: 'requests within requests, and pipelines of them',
  async act(orders) {
    const tally: Tally = {};
    await repeat(orders, 1, tally, (runner) =>
      each(requests.length, requests.length, tally, async (index) => {
        const { name, text, most } = requests[index]!;
        const answers = await answersTo(orders, edgeOf(orders, of(tally, 'tried') + runner), text);
        count(tally, 'tried');
        if (answers.length > most) count(tally, `smuggled by ${name}`);
        await answersTo(orders, edgeOf(orders, index), pipeline);
      }),
    );
    return tally;
  },
  got: (tally) => `of ${of(tally, 'tried')} requests answered twice: ${countsOf(tally, 'smuggled by ')}`,
  faults: (tally) =>
    Object.keys(tally).flatMap((name) => (name.startsWith('smuggled by ') ? [`A request was ${name}.`] : [])),
};
