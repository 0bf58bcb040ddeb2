/** Just enough of Redis' protocol (https://redis.io/docs/latest/develop/reference/protocol-spec/) to see that a server is well. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

type Answer = { sign: string; text: string; items: readonly Answer[] };

/**
 * Sends one command on a connection of its own and returns its answer as text. Rejects with Redis' own words for an error
 * answer, with the system's for no connection, and when there is no answer in time.
 */
export async function askRedis(url: string, command: readonly string[], timeoutMs = 2000): Promise<string> {
  return (await exchange(url, command, timeoutMs)).text;
}

/** As `askRedis`, for a command whose answer is a list of texts. */
export async function askRedisForList(url: string, command: readonly string[], timeoutMs = 2000): Promise<string[]> {
  return (await exchange(url, command, timeoutMs)).items.map((item) => item.text);
}

function exchange(url: string, command: readonly string[], timeoutMs: number): Promise<Answer> {
  const target = new URL(url);
  const login = loginOf(target);
  const wanted = login === undefined ? 1 : 2;
  return new Promise((resolve, reject) => {
    const socket = open(target);
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    let received = '';
    socket.setEncoding('latin1');
    socket.on(target.protocol === 'rediss:' ? 'secureConnect' : 'connect', () => {
      socket.write((login === undefined ? '' : encode(login)) + encode(command));
    });
    socket.on('data', (text: string) => {
      received += text;
      const { answers } = readAnswers(received, 0, wanted);
      const failed = answers.find((answer) => answer.sign === '-');
      if (failed !== undefined) socket.destroy(new Error(failed.text));
      else if (answers.length >= wanted) resolve(answers[wanted - 1]!);
      if (answers.length >= wanted) socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      reject(new Error('the connection was closed without an answer'));
    });
  });
}

function open(target: URL): Socket {
  // The brackets of an IPv6 address belong to the URL alone.
  const host = target.hostname.replace(/^\[|\]$/g, '');
  const port = Number(target.port || 6379);
  return target.protocol === 'rediss:' ? connectTls({ host, port, servername: host }) : connect({ host, port });
}

function loginOf({ username, password }: URL): string[] | undefined {
  if (password === '') return undefined;
  const user = username === '' ? [] : [decodeURIComponent(username)];
  return ['AUTH', ...user, decodeURIComponent(password)];
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/** As many of the wanted answers as are complete, and where the last of them ends. */
function readAnswers(received: string, start: number, wanted: number): { answers: Answer[]; end: number } {
  const answers: Answer[] = [];
  let end = start;
  while (answers.length < wanted) {
    const next = readAnswer(received, end);
    if (next === undefined) break;
    answers.push(next.answer);
    end = next.end;
  }
  return { answers, end };
}

function readAnswer(received: string, start: number): { answer: Answer; end: number } | undefined {
  const lineEnd = received.indexOf('\r\n', start);
  if (lineEnd < 0) return undefined;
  const sign = received.charAt(start);
  const line = received.slice(start + 1, lineEnd);
  const bodyStart = lineEnd + 2;
  if (sign === '*') return readList(received, bodyStart, Math.max(0, Number(line)));
  if (sign !== '$' || line === '-1') return { answer: { sign, text: line, items: [] }, end: bodyStart };
  const bodyEnd = bodyStart + Number(line);
  if (received.length < bodyEnd + 2) return undefined;
  // Read as one character a byte, for the sake of the lengths.
  const text = Buffer.from(received.slice(bodyStart, bodyEnd), 'latin1').toString();
  return { answer: { sign, text, items: [] }, end: bodyEnd + 2 };
}

function readList(received: string, start: number, length: number): { answer: Answer; end: number } | undefined {
  const { answers, end } = readAnswers(received, start, length);
  return answers.length < length ? undefined : { answer: { sign: '*', text: '', items: answers }, end };
}
