import { setTimeout as pause } from 'node:timers/promises';
import { type HostedCode, RelayError } from '@openrelay/client';
import type { Participant } from './participant';
import type { Step } from './steps';

const missedTexts = ['first: you are away', 'second: still away', 'third: come back soon'];

/** What happens between the two devices; the urls are those of two edges, or twice the same. */
export function story(phone: Participant, laptop: Participant, urls: readonly [string, string]): Step[] {
  return [
    { title: 'phone claims its id on edge 1', run: () => phone.connect(urls[0]), note: () => idOf(phone) },
    { title: 'laptop claims its id on edge 2', run: () => laptop.connect(urls[1]), note: () => idOf(laptop) },
    ...pairingSteps(laptop, phone),
    { title: 'phone → laptop, encrypted, delivered live', run: () => exchange(phone, laptop, 'Hello, laptop!') },
    { title: 'laptop → phone, encrypted, delivered live', run: () => exchange(laptop, phone, 'Hello, phone! ☺') },
    { title: 'both change to new keys', run: () => phone.rotate() },
    { title: 'phone → laptop, under the new key', run: () => exchange(phone, laptop, 'Can you still read me?') },
    { title: 'laptop closes its connection', run: () => laptop.close() },
    { title: 'the relay knows that laptop is away', run: () => awaitAbsence(phone) },
    ...missedTexts.map((text, index) => ({
      title: `phone sends message ${index + 1} of ${missedTexts.length}, the relay queues it`,
      run: () => sendQueued(phone, text),
    })),
    { title: 'laptop comes back on edge 1', run: () => laptop.connect(urls[0]) },
    { title: 'laptop gets its queue in order and acks it', run: () => readInOrder(laptop, missedTexts) },
    { title: 'laptop closes its connection again', run: () => laptop.close() },
    { title: 'the relay knows that laptop is away', run: () => awaitAbsence(phone) },
    { title: 'laptop comes back once more, on edge 2', run: () => laptop.connect(urls[1]) },
    {
      title: 'nothing comes twice: only a new message arrives',
      run: () => exchangeOnly(phone, laptop, 'Welcome back!'),
    },
  ];
}

function idOf({ device }: Participant): string {
  return `${device.identity.id.slice(0, 8)}…`;
}

/** A person reads the code on one device and types it on the other. */
function pairingSteps(host: Participant, joiner: Participant): Step[] {
  let shown: HostedCode | undefined;
  const show = async (): Promise<void> => {
    shown = await host.showCode();
  };
  const enter = async (): Promise<void> => {
    await joiner.enterCode(shown!.text);
    await shown!.paired;
  };
  const list = async (): Promise<void> => void (await Promise.all([host.listed(), joiner.listed()]));
  return [
    { title: `${host.name} shows a code, for one try`, run: show, note: () => shown!.text },
    { title: `the code is entered on ${joiner.name}: both trust each other's keys`, run: enter },
    { title: 'the relay takes messages for each from the other alone', run: list },
  ];
}

async function exchange(from: Participant, to: Participant, text: string): Promise<void> {
  const [accepted, arrived] = await Promise.all([from.send(text), to.read()]);
  expectSame(arrived, text);
  if (accepted.status !== 'delivered') throw new Error(`the Ack says "${accepted.status}", not "delivered"`);
}

async function sendQueued(from: Participant, text: string): Promise<void> {
  const { status, expiresAtMs } = await from.send(text);
  if (status !== 'queued') throw new Error(`the Ack says "${status}", not "queued"`);
  if (expiresAtMs === undefined) throw new Error('the Ack does not say how long the message is kept');
}

async function readInOrder(reader: Participant, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    expectSame(await reader.read(), text);
  }
}

/** The relay delivers a queue before what is live: when the new message is the first to come, the queue was empty. */
async function exchangeOnly(from: Participant, to: Participant, text: string): Promise<void> {
  await exchange(from, to, text);
  if (to.texts.size > 0) throw new Error(`${to.texts.size} more messages came than were sent`);
}

/** A message with a ttl of 0 asks for live delivery or 404; where it is refused, its number is left out. Tries are few, as each is a request of the minute's 60. */
async function awaitAbsence(from: Participant): Promise<void> {
  for (let tries = 0; tries < 15; tries += 1) {
    if (await isPeerAway(from)) return;
    await pause(100);
  }
  throw new Error('the relay still takes it for connected');
}

async function isPeerAway(from: Participant): Promise<boolean> {
  try {
    await from.send('Are you there?', 0);
    return false;
  } catch (error) {
    if (error instanceof RelayError && error.code === 404) return true;
    throw error;
  }
}

function expectSame(arrived: string, sent: string): void {
  if (arrived !== sent) throw new Error(`"${arrived}" arrived where "${sent}" was expected`);
}
