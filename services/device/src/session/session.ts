import { setTimeout as pause } from 'node:timers/promises';
import { askAgent, greetAgent, type Listener } from '../control/agent-connection';
import { Failure } from '../failures/failure';
import { HeldDevice } from '../holding/held-device';
import type { Log, LogWeight } from '../holding/log';
import { findKeyring } from '../keyring/find-keyring';
import { perform } from '../work/perform';
import type { Question, Told } from '../work/talk';
import type { Workplace } from '../work/work';
import type { AnswerOf, RequestOf, WorkName } from '../work/works';
import { Answers } from './answers';
import { checkedRelay, chooseRelay } from './choose-relay';
import { Voice } from './voice';
import { whenFree } from './when-free';
import type { World } from './world';

/** Options that every command has. */
export type CommonOptions = { readonly json?: true; readonly relay?: string };

export type Handlers = {
  readonly tell?: (told: Told) => void;
  readonly ask?: (question: Question, signal?: AbortSignal) => Promise<string | undefined>;
};

/** What was posted last goes out before the process ends. */
const drainMs = 5_000;

/** One run of a command. The agent is asked when one runs; else the device is held by this process as long. */
export class Session {
  readonly voice: Voice;
  readonly answers: Answers;
  private readonly interrupted = new AbortController();
  private readonly stopListening: () => void;
  private readonly heardAlready = new Set<string>();
  private here: Workplace | undefined;

  constructor(
    readonly world: World,
    private readonly options: CommonOptions,
  ) {
    this.voice = new Voice(world.stdout, world.stderr, options.json ? 'json' : 'text');
    this.answers = new Answers(world.stdin);
    this.stopListening = world.onInterrupt(() => this.interrupted.abort());
  }

  /** Aborted by Ctrl-C. */
  get signal(): AbortSignal {
    return this.interrupted.signal;
  }

  /** Whether an agent runs. Throws a Failure when it can't be asked, or uses another relay than the named one. */
  async agent(): Promise<'runs' | 'none'> {
    const greeting = await greetAgent(this.world.folders.socket);
    if (greeting === undefined) return 'none';
    const { relay } = this.options;
    if (relay !== undefined && checkedRelay(relay) !== greeting.relay) {
      throw new Failure(
        2,
        `The agent uses ${greeting.relay}: “openrelay down”, and then “openrelay up --relay ${relay}”, change that.`,
      );
    }
    return 'runs';
  }

  async ask<Name extends WorkName>(
    name: Name,
    request: RequestOf<Name>,
    handlers: Handlers = {},
  ): Promise<AnswerOf<Name>> {
    const listener: Listener = {
      tell: handlers.tell ?? (() => {}),
      ask: handlers.ask ?? (async () => undefined),
      cancelled: this.signal,
    };
    if (this.here !== undefined) return this.askHere(this.here, name, request, listener);
    if ((await this.agent()) === 'runs') {
      const answered = await askAgent(this.world.folders.socket, name, request, listener);
      if (answered !== undefined) return answered.answer;
    }
    this.here = await this.hold();
    return this.askHere(this.here, name, request, listener);
  }

  /** Waits for a person's yes. No terminal, and no line, is a no. */
  async confirm(question: string, signal?: AbortSignal): Promise<'yes' | 'no' | undefined> {
    this.voice.prompt(`${question} [y/N] `);
    const any = signal === undefined ? this.signal : AbortSignal.any([signal, this.signal]);
    const line = await this.answers.line(any);
    if (line === undefined) {
      this.voice.prompt('\n');
      return undefined;
    }
    return /^y(es)?$/i.test(line.trim()) ? 'yes' : 'no';
  }

  async close(): Promise<void> {
    this.stopListening();
    this.voice.clearProgress();
    this.answers.close();
    await this.letGo();
  }

  private async askHere<Name extends WorkName>(
    place: Workplace,
    name: Name,
    request: RequestOf<Name>,
    listener: Listener,
  ): Promise<AnswerOf<Name>> {
    return perform(place, name, request, { ...listener, left: new AbortController().signal });
  }

  private async hold(): Promise<Workplace> {
    const { world, voice } = this;
    const { folders, hostName, WebSocket, now, version, pid } = world;
    const relay = await chooseRelay(world, voice, this.options.relay);
    const log: Log = (sentence, weight) => this.heard(sentence, weight);
    const keyring = () => findKeyring(world.platform, world.env);
    const open = () => HeldDevice.open({ folders, hostName, relay, WebSocket, keyring, now, log });
    return { held: await whenFree(open, this.signal), life: 'command', version, pid, stop: () => {} };
  }

  /** What the device says by itself while this command goes on: of the connection and of news the command speaks. */
  private heard(sentence: string, weight: LogWeight): void {
    if (this.heardAlready.has(sentence) || weight === 'news' || weight === 'link') return;
    this.heardAlready.add(sentence);
    this.voice.warn(sentence);
  }

  private async letGo(): Promise<void> {
    const { here } = this;
    this.here = undefined;
    if (here === undefined) return;
    const endsAt = performance.now() + drainMs;
    const isBusy = (): boolean => {
      const device = here.held.running;
      return device?.link.state.is === 'connected' && device.outbox.size > 0;
    };
    while (isBusy() && !this.signal.aborted && performance.now() < endsAt) await pause(20);
    await here.held.close();
  }
}
