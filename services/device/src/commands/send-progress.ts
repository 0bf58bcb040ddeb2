import { bytesText } from '@openrelay/client';
import type { Voice } from '../session/voice';
import { printableLine } from '../terminal/printable';
import { progressLine } from '../terminal/progress-bar';
import { durationText } from '../terminal/units';
import type { Told } from '../work/talk';

type Run = { readonly name: string; readonly startedAt: number; readonly seconds: number };

/** After this, its own pace says more than nothing. */
const paceMs = 3_000;

/** How long it takes, told first; and then how far it is. */
export class SendProgress {
  private readonly runs = new Map<string, Run>();
  private link: 'connected' | 'away' = 'connected';

  constructor(
    private readonly voice: Voice,
    private readonly now: () => number,
  ) {}

  told(told: Told): void {
    if (told.event === 'estimate') this.estimated(told);
    if (told.event === 'progress') this.advanced(told);
    if (told.event === 'delayed') this.delayed(told);
    if (told.event === 'link') this.linkChanged(told);
  }

  private estimated(told: Told): void {
    const { peerId, peer, name, size, seconds } = told as Told & Record<string, string | number>;
    const run = { name: printableLine(String(name)), startedAt: this.now(), seconds: Number(seconds) };
    this.runs.set(`${peerId}:${name}`, run);
    const to = printableLine(String(peer));
    this.voice.tell(told, () => [
      `${run.name} (${bytesText(Number(size))}) to ${to}: ${durationSentence(run.seconds)}`,
    ]);
    this.voice.progress(() => `Waiting for ${to} to take it… Ctrl-C cancels it.`);
  }

  private advanced(told: Told): void {
    const { peerId, name, bytes, size } = told as Told & Record<string, string | number>;
    const run = this.runs.get(`${peerId}:${name}`);
    if (run === undefined) return;
    if (this.voice.form === 'json') this.voice.tell(told, () => []);
    const share = Number(size) === 0 ? 1 : Number(bytes) / Number(size);
    const shown = {
      name: run.name,
      bytes: Number(bytes),
      size: Number(size),
      secondsLeft: this.secondsLeft(run, share),
    };
    this.voice.progress((columns) => progressLine(shown, columns));
  }

  /** That there is a connection is news only when there was none. */
  private linkChanged(told: Told): void {
    const now = told.is === 'connected' ? 'connected' : 'away';
    if (now === this.link) return;
    this.link = now;
    this.voice.tell(told, () => [printableLine(String(told.sentence))]);
  }

  private delayed(told: Told): void {
    const name = printableLine(String(told.name));
    this.voice.tell(told, () => [`${name} waits. ${printableLine(String(told.sentence))}`]);
    this.voice.progress(() => `It is tried again… Ctrl-C cancels it.`);
  }

  private secondsLeft({ startedAt, seconds }: Run, share: number): number | undefined {
    const elapsedMs = this.now() - startedAt;
    if (seconds > 0) return Math.max(1, seconds * (1 - share));
    return elapsedMs < paceMs || share === 0 ? undefined : (elapsedMs / 1000 / share) * (1 - share);
  }
}

function durationSentence(seconds: number): string {
  return seconds === 0
    ? 'at once, within the relay’s limits.'
    : `about ${durationText(seconds)}, as the relay’s limits are.`;
}
