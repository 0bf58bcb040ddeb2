import type { LegacyQuestion, PairingAnswer, PairingQuestion } from '@openrelay/client';
import { byId, setText } from './elements';

type Shown = {
  readonly text: string;
  readonly digits: string;
  readonly yes: string;
  readonly signal: AbortSignal;
};

/** Asks the user about a device that wants to be paired, in place of the ways to pair. */
export class PairingQuestionView {
  private answerOpen: (given: PairingAnswer) => void = () => {};

  constructor(private readonly say: (sentence: string) => void) {}

  ask({ about, peer, digits, replaces, signal }: PairingQuestion): Promise<PairingAnswer> {
    if (about === 'replace-keys')
      return this.show({
        text: `${peer.name} has new keys. Trust them?`,
        digits: '',
        yes: 'Trust the new keys',
        signal,
      });
    const known = replaces === undefined ? '' : ' It is paired already: a yes replaces its keys.';
    const text = `Does ${peer.name} show the same six digits?${known}`;
    return this.show({ text, digits, yes: 'They are the same', signal });
  }

  async askAboutApp({ name, id, signal }: LegacyQuestion): Promise<'trust' | 'refuse'> {
    const text = `${name} (${id.slice(0, 8)}…) asks to be paired. The relay can read what you send each other.`;
    const answer = await this.show({ text, digits: '', yes: 'Pair all the same', signal });
    return answer === 'trust' ? 'trust' : 'refuse';
  }

  /** What is asked now, if anything. */
  refuse(): void {
    this.answerOpen('refuse');
  }

  hide(): void {
    byId('question').hidden = true;
  }

  private show({ text, digits, yes, signal }: Shown): Promise<PairingAnswer> {
    setText(byId('question-text'), text);
    setText(byId('digits'), digits);
    const go = byId('answer-yes');
    setText(go, yes);
    byId('answer-differ').hidden = digits === '';
    byId('ways').hidden = true;
    byId('question').hidden = false;
    this.say('');
    go.focus();
    return new Promise((resolve) => {
      const answer = (given: PairingAnswer): void => {
        this.answerOpen = () => {};
        this.hide();
        this.say('Waiting for the other device…');
        resolve(given);
      };
      this.answerOpen = answer;
      go.onclick = () => answer('trust');
      byId('answer-differ').onclick = () => answer('digits-differ');
      byId('answer-no').onclick = () => answer('refuse');
      signal.addEventListener('abort', () => resolve('refuse'), { once: true });
    });
  }
}
