import { findClipboard } from '../clipboard/index';
import { Failure } from '../failures/failure';
import { findPeer } from '../session/find-peer';
import type { Session } from '../session/session';
import {
  type ClipPeers,
  type ClipSettings,
  readClipSettings,
  takesPart,
  writeClipSettings,
} from '../settings/clip-sharing';
import type { PeerView } from '../work/works';
import { type ClipState, clipLines } from './clip-words';
import type { Commands } from './commands';

type ClipOptions = { readonly with?: readonly string[]; readonly without?: readonly string[] };

export function registerClip({ program, act }: Commands): void {
  const command = program
    .command('clip')
    .description('whether copying here pastes on your other devices; “openrelay up” does it')
    .argument('[on|off]', 'share the clipboard, or do not')
    .option('--with <peer...>', 'with these devices alone; “all” is every one, also those that are paired later')
    .option('--without <peer...>', 'with all but these');
  act(command, async (session, [word]) => {
    const { settings } = session.world.folders;
    const wanted = word === undefined ? undefined : modeOf(word);
    const { peers } = await session.ask('peers', {});
    const chosen = peersOf(command.opts<ClipOptions>(), peers);
    if (wanted !== undefined || chosen !== undefined) await writeClipSettings(settings, wanted ?? 'on', chosen);
    const state = await stateOf(session, await readClipSettings(settings), peers);
    session.voice.tell({ event: 'clip', ...state }, () => clipLines(state));
    return state.tool === undefined ? 3 : 0;
  });
}

function modeOf(word: string): ClipSettings['mode'] {
  if (word === 'on' || word === 'off') return word;
  throw new Failure(2, `It is “openrelay clip on” or “openrelay clip off”, not “${word}”.`);
}

function peersOf({ with: only, without }: ClipOptions, peers: readonly PeerView[]): ClipPeers | undefined {
  if (only !== undefined && without !== undefined) {
    throw new Failure(2, 'It is --with or --without: leave one of the two out.');
  }
  const idsOf = (names: readonly string[]) => names.map((name) => findPeer(peers, name).id.toUpperCase());
  if (without !== undefined) return { without: idsOf(without) };
  if (only === undefined) return undefined;
  return only.length === 1 && only[0]!.toLowerCase() === 'all' ? { all: true } : { only: idsOf(only) };
}

async function stateOf(session: Session, settings: ClipSettings, peers: readonly PeerView[]): Promise<ClipState> {
  const { world } = session;
  const clipboard = await findClipboard(world.env, world.platform).then(
    ({ tool }) => ({ tool }),
    (error: Error) => ({ why: error.message }),
  );
  return {
    mode: settings.mode,
    ...clipboard,
    agent: await session.agent(),
    peers: peers.map(({ id, name, kind }) => ({
      id,
      name,
      kind,
      clipboard: takesPart(settings.peers, id) ? 'shared' : 'not shared',
    })),
  };
}
