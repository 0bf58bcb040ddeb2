import type { ClusterView, RefusalView } from '@openrelay/overview';
import type { Backoff } from './backoff.js';
import { EventText, type ServerEvent } from './event-text.js';
import { askForToken, authorization } from './token.js';

export type StreamHandlers = {
  /** A connection was made, after none or a lost one. */
  opened: () => void;
  cluster: (answer: ClusterView) => void;
  /** ops is there and cannot read, or is not there. One sentence. */
  trouble: (why: string) => void;
};

/** ops says something each second; a connection that is silent for so long is dead. */
const silenceMs = 10_000;

/** Follows the events for as long as the page is open. EventSource cannot send a header, so this is fetch. */
export async function follow(handlers: StreamHandlers, backoff: Backoff): Promise<never> {
  for (;;) {
    const outcome = await listen(handlers, backoff);
    if (outcome === 'unauthorized') {
      handlers.trouble('The token is needed.');
      await askForToken();
    } else await pause(backoff.nextMs());
  }
}

class Refused extends Error {}

async function listen(handlers: StreamHandlers, backoff: Backoff): Promise<'unauthorized' | 'ended'> {
  const abort = new AbortController();
  let watchdog = setTimeout(() => abort.abort(), silenceMs);
  const heard = (): void => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => abort.abort(), silenceMs);
  };
  try {
    const response = await fetch('api/events', { headers: authorization(), signal: abort.signal, cache: 'no-store' });
    if (response.status === 401) return 'unauthorized';
    if (!response.ok) throw new Refused(await sentenceOf(response));
    handlers.opened();
    await readAll(response, heard, (event) => handle(event, handlers, backoff));
    handlers.trouble('ops ended the connection. Trying again.');
  } catch (error) {
    handlers.trouble(error instanceof Refused ? error.message : 'ops does not answer. Trying again.');
  } finally {
    clearTimeout(watchdog);
  }
  return 'ended';
}

async function sentenceOf(response: Response): Promise<string> {
  try {
    return ((await response.json()) as RefusalView).error;
  } catch {
    return `ops answers ${response.status}.`;
  }
}

async function readAll(response: Response, heard: () => void, take: (event: ServerEvent) => void): Promise<void> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const events = new EventText();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    heard();
    for (const event of events.take(value)) take(event);
  }
}

function handle({ name, data }: ServerEvent, handlers: StreamHandlers, backoff: Backoff): void {
  if (name === 'away') handlers.trouble((JSON.parse(data) as RefusalView).error);
  if (name !== 'cluster') return;
  backoff.reset();
  handlers.cluster(JSON.parse(data) as ClusterView);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
