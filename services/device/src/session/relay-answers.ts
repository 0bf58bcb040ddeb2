import type { WebSocketConstructor } from '@openrelay/client';

const answerMs = 5_000;

/** Whether a relay is there: it answers a `Ping` of whoever asks. Never rejects; at the latest after five seconds. */
export function relayAnswers(url: string, WebSocket: WebSocketConstructor): Promise<'answers' | 'nothing'> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, []);
    const end = (how: 'answers' | 'nothing'): void => {
      clearTimeout(timer);
      resolve(how);
      if (socket.terminate === undefined) socket.close();
      else socket.terminate();
    };
    const timer = setTimeout(() => end('nothing'), answerMs);
    socket.addEventListener('open', () => socket.send('{"type":"Ping"}'));
    socket.addEventListener('message', ({ data }) => isPong(data) && end('answers'));
    socket.addEventListener('error', () => end('nothing'));
    socket.addEventListener('close', () => end('nothing'));
  });
}

function isPong(data: unknown): boolean {
  try {
    return (JSON.parse(String(data)) as { readonly type?: unknown } | null)?.type === 'Pong';
  } catch {
    return false;
  }
}
