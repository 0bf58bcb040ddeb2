import type { Device, LinkState } from '@openrelay/client';
import { countdownText } from '@openrelay/client';
import { byId, setText } from './elements';

/** At the top: what the link to the relay does, in words. */
export class LinkLine {
  private readonly word = byId('link-word');
  private readonly detail = byId('link-detail');
  private readonly again = byId<HTMLButtonElement>('link-again');

  constructor(
    private readonly device: Device,
    life: AbortSignal,
  ) {
    this.again.onclick = () => (device.link.state.is === 'stopped' ? device.link.start() : device.link.wake());
    device.on('link', () => this.show());
    const timer = setInterval(() => this.show(), 1_000);
    life.addEventListener('abort', () => clearInterval(timer), { once: true });
    this.show();
  }

  show(): void {
    const { state } = this.device.link;
    const { tone, word, detail } = wordsOf(state, Date.now(), this.device.outbox.size);
    byId('link').dataset.tone = tone;
    setText(this.word, word);
    setText(this.detail, detail);
    this.again.hidden = state.is === 'connected' || state.is === 'connecting';
    setText(this.again, state.is === 'stopped' ? 'Start again' : 'Try now');
  }
}

function wordsOf(state: LinkState, now: number, waiting: number): { tone: string; word: string; detail: string } {
  const queued = waiting === 0 ? '' : `${waiting === 1 ? 'One message waits' : `${waiting} messages wait`} to go out.`;
  switch (state.is) {
    case 'connecting':
      return { tone: 'quiet', word: 'Connecting', detail: queued };
    case 'connected':
      return { tone: 'well', word: 'Connected', detail: queued };
    case 'waiting': {
      const next = `Next try in ${countdownText(state.untilMs - now)}.`;
      return { tone: 'warning', word: 'Not connected', detail: `${state.why} ${next} ${queued}`.trim() };
    }
    case 'stopped':
      return { tone: 'wrong', word: 'Stopped', detail: `${state.why} ${queued}`.trim() };
    default:
      return state satisfies never;
  }
}
