/** https://html.spec.whatwg.org/multipage/server-sent-events.html, as far as ops uses it: `event`, `data`, comments. */
export type ServerEvent = { name: string; data: string };

/** More than any event has; a stream that never ends a line must not fill the memory. */
const mostCharacters = 4_000_000;

/** Takes text as it comes, in any pieces, and gives the events that are complete. */
export class EventText {
  private rest = '';

  /** @throws Error when what comes is no stream of events */
  take(text: string): ServerEvent[] {
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop()!;
    if (this.rest.length > mostCharacters) throw new Error('An event does not end.');
    return blocks.map(readEvent).filter(({ data }) => data !== '');
  }
}

function readEvent(block: string): ServerEvent {
  const event = { name: 'message', data: '' };
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) event.name = line.slice('event: '.length);
    if (line.startsWith('data: ')) event.data += line.slice('data: '.length);
  }
  return event;
}
