import { resolve } from 'node:path';
import { bytesText } from '@openrelay/client';
import { diskError } from '../failures/disk-error';
import type { ExitCode } from '../failures/exit-code';
import { Failure } from '../failures/failure';
import type { ReceivedItem } from '../holding/received-items';
import { findPeer, nameOf } from '../session/find-peer';
import type { Session } from '../session/session';
import { type AcceptRule, changeSettings, type ReceiveSettings } from '../settings/settings-file';
import { makeFolder } from '../stores/make-folder';
import { printable, printableLine } from '../terminal/printable';
import { instantText } from '../terminal/units';
import type { Told } from '../work/talk';
import type { OfferView } from '../work/works';
import type { Commands } from './commands';
import { acceptWords } from './peers';

type ReceiveOptions = {
  readonly watch?: true;
  readonly to?: string;
  readonly files?: string;
  readonly from?: string;
  readonly take?: string;
  readonly refuse?: string;
  readonly last: string;
};

export function registerReceive({ program, act }: Commands): void {
  const command = program
    .command('receive')
    .description('what arrived last, where files go, and from whom they are taken')
    .option('--watch', 'show what arrives until Ctrl-C; without an agent, this is what receives')
    .option('--last <number>', 'how many of the last things to show', '10')
    .option('--to <folder>', 'put files there from now on')
    .option('--files <rule>', 'all, ask or none: take files, keep them as a question, or refuse them')
    .option('--from <peer>', 'with --files: only those of this device')
    .option('--take <offer>', 'take the file that was offered; “all” for all of them')
    .option('--refuse <offer>', 'refuse it');
  act(command, async (session) => {
    const options = command.opts<ReceiveOptions>();
    if (options.to !== undefined) await setFolder(session, options.to);
    if (options.files !== undefined) await setRule(session, options.files, options.from);
    else if (options.from !== undefined)
      throw new Failure(2, '--from goes with --files: say what to do with the files.');
    if (options.take !== undefined) return decide(session, options.take, 'take');
    if (options.refuse !== undefined) return decide(session, options.refuse, 'refuse');
    if (options.watch) return watch(session);
    return show(session, countOf(options.last));
  });
}

async function show(session: Session, items: number): Promise<0> {
  const view = await session.ask('receiving', { items });
  session.voice.show(view, () => view.items.flatMap(itemLines));
  session.voice.say(
    ...view.offers.map(offerLine),
    `Files go to ${view.folder}; those of paired devices are ${acceptWords[view.accept]}.`,
  );
  return 0;
}

async function watch(session: Session): Promise<ExitCode> {
  const { voice } = session;
  const told = (told: Told): void => {
    if (told.event === 'received') voice.show(told, () => itemLines(told.item as ReceivedItem));
    if (told.event === 'offer') voice.tell(told, () => [offerLine(told.offer as OfferView)]);
    if (told.event === 'link' && told.is === 'connected')
      voice.tell(told, () => ['Waiting for what arrives; Ctrl-C ends it.']);
    if (told.event === 'link' && told.is !== 'connected') voice.warn(String(told.sentence));
  };
  await session.ask('watch', {}, { tell: told });
  return 130;
}

async function setFolder({ world, voice }: Session, text: string): Promise<void> {
  const folder = resolve(world.cwd, text);
  await makeFolder(folder, 0o700).catch((error: Error) => {
    throw new Failure(3, diskError(`The folder ${folder}`, 'can’t be made', error).message);
  });
  await changeReceive(world.folders.settings, (receive) => ({ ...receive, folder }));
  voice.say(`Files go to ${folder} from now on.`);
}

async function setRule(session: Session, text: string, from: string | undefined): Promise<void> {
  const rule = ruleOf(text);
  const file = session.world.folders.settings;
  if (from === undefined) {
    await changeReceive(file, (receive) => ({ ...receive, accept: rule }));
    session.voice.say(`Files of paired devices are ${acceptWords[rule]} from now on.`);
    return;
  }
  const { peers } = await session.ask('peers', {});
  const { id, name } = findPeer(peers, from);
  await changeReceive(file, (receive) => ({ ...receive, peers: { ...receive.peers, [id]: rule } }));
  session.voice.say(`Files of ${printableLine(name)} are ${acceptWords[rule]} from now on.`);
}

async function changeReceive(file: string, change: (receive: ReceiveSettings) => ReceiveSettings): Promise<void> {
  await changeSettings(file, (settings) => ({ ...settings, receive: change(settings.receive ?? {}) }));
}

async function decide(session: Session, wanted: string, take: 'take' | 'refuse'): Promise<0> {
  // The offers are in the device's store; a device that is not open yet has them there, too.
  await session.ask('connect', { waitMs: 15_000 });
  const { offers } = await session.ask('receiving', { items: 0 });
  const chosen = wanted === 'all' ? offers : offers.filter(({ id }) => id.startsWith(wanted));
  if (chosen.length === 0)
    throw new Failure(1, offers.length === 0 ? 'No file is offered now.' : `No offer begins with ${wanted}.`);
  const { peers } = await session.ask('peers', {});
  for (const { peerId, id, name } of chosen) {
    await session.ask('decide', { peerId, id, take });
    const from = nameOf(peers, peerId);
    const what = take === 'take' ? 'is on its way' : 'was refused';
    session.voice.tell({ event: take, peerId, id, name }, () => [`${printableLine(name)} from ${from} ${what}.`]);
  }
  if (take === 'take' && (await session.agent()) === 'none') {
    session.voice.say('It arrives while “openrelay up” or “openrelay receive --watch” runs.');
  }
  return 0;
}

function itemLines(item: ReceivedItem): string[] {
  const head = `${instantText(item.at)}  ${printableLine(item.name)}`;
  if (item.kind !== 'text') return [`${head}  ${item.kind}: ${item.path}`];
  const lines = printable(item.text).split('\n');
  return lines.length === 1 ? [`${head}: ${lines[0]}`] : [`${head}:`, ...lines.map((line) => `  ${line}`)];
}

function offerLine({ id, name, size }: OfferView): string {
  const bytes = size === undefined ? '' : ` (${bytesText(size)})`;
  return `Offered: ${printableLine(name)}${bytes}; “openrelay receive --take ${id.slice(0, 8)}” takes it.`;
}

function ruleOf(text: string): AcceptRule {
  if (text === 'all' || text === 'ask' || text === 'none') return text;
  throw new Failure(2, `--files is all, ask or none, not ${text}.`);
}

function countOf(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new Failure(2, `--last is a number up to 9999, not ${text}.`);
}
