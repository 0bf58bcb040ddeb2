/** Just enough of Redis' protocol (https://redis.io/docs/latest/develop/reference/protocol-spec/) to see that a server is well. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/**
 * Sends one command on a connection of its own and returns its answer as text. Rejects with Redis' own words for an error
 * answer, with the system's for no connection, and when there is no answer in time.
 */
export function askRedis(url: string, command: readonly string[], timeoutMs = 2000): Promise<string> {
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
      const answers = parseAnswers(received);
      const failed = answers.find((answer) => answer.startsWith('-'));
      if (failed !== undefined) socket.destroy(new Error(failed.slice(1)));
      else if (answers.length >= wanted) resolve(answers[wanted - 1]!.slice(1));
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

/** Complete answers, each with its type's sign (`+`, `-`, `:` or `$`) in front; nested ones are not asked for. */
function parseAnswers(text: string): string[] {
  const answers: string[] = [];
  let rest = text;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n');
    if (lineEnd < 0) return answers;
    const line = rest.slice(0, lineEnd);
    const bodyLength = line.startsWith('$') ? Number(line.slice(1)) : -1;
    const end = lineEnd + 2 + (bodyLength < 0 ? 0 : bodyLength + 2);
    if (rest.length < end) return answers;
    answers.push(bodyLength < 0 ? line : `$${rest.slice(lineEnd + 2, end - 2)}`);
    rest = rest.slice(end);
  }
}
