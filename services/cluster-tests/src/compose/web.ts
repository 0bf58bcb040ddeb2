import { request } from 'node:https';
import { TLSSocket } from 'node:tls';

const answerMs = 5000;

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
};

/** Follows no redirection. */
export async function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(answerMs) });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** @throws Error saying what was seen instead */
export async function expectStatus(
  url: string,
  status: number,
  headers?: Readonly<Record<string, string>>,
): Promise<Answer> {
  const answer = await get(url, headers);
  if (answer.status !== status) throw new Error(`${url} answers ${answer.status}, not ${status}.`);
  return answer;
}

/** @throws Error naming the header that is not as it should be */
export function expectHeaders(headers: Headers, expected: Readonly<Record<string, RegExp | 'none'>>): void {
  for (const [name, form] of Object.entries(expected)) {
    const value = headers.get(name);
    const isRight = form === 'none' ? value === null : form.test(value ?? '');
    if (!isRight) throw new Error(`The header ${name} is ${value ?? 'absent'}.`);
  }
}

/** The serial number of the certificate that a server shows. */
export function certificateSerial(port: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request(
      { host: '127.0.0.1', port, path: '/health', agent: false, timeout: answerMs },
      (response) => {
        if (response.socket instanceof TLSSocket) resolve(response.socket.getPeerCertificate().serialNumber);
        response.resume();
      },
    );
    asking.on('timeout', () => asking.destroy(new Error('no answer in time')));
    asking.on('error', reject);
    asking.end();
  });
}
