import { type ClipMode, findClipboard } from '../clipboard/index';
import { Failure } from '../failures/failure';
import type { Session } from '../session/session';
import { readClipMode, writeClipMode } from '../settings/clip-mode';
import type { Commands } from './commands';

export function registerClip({ program, act }: Commands): void {
  const command = program
    .command('clip')
    .description('whether copying here pastes on your other devices; “openrelay up” does it')
    .argument('[on|off]', 'share the clipboard with every peer, or with none');
  act(command, async (session, [word]) => {
    const { settings } = session.world.folders;
    if (word !== undefined) await writeClipMode(settings, modeOf(word));
    const mode = await readClipMode(settings);
    const state = { event: 'clip', mode, ...(await toolOf(session)), agent: await session.agent() };
    session.voice.tell(state, () => linesOf(state));
    return state.tool === undefined ? 3 : 0;
  });
}

type Tool = { readonly tool?: string; readonly why?: string };
type State = Tool & { readonly mode: ClipMode; readonly agent: string };

function modeOf(word: string): ClipMode {
  if (word === 'on' || word === 'off') return word;
  throw new Failure(2, `It is “openrelay clip on” or “openrelay clip off”, not “${word}”.`);
}

async function toolOf({ world }: Session): Promise<Tool> {
  return findClipboard(world.env, world.platform).then(
    ({ tool }) => ({ tool }),
    (error: Error) => ({ why: error.message }),
  );
}

function linesOf({ mode, tool, why, agent }: State): string[] {
  if (tool === undefined) return [`The clipboard can’t be shared. ${why}`];
  if (mode === 'off') return ['The clipboard is not shared: “openrelay clip on” begins.'];
  if (agent === 'none') return ['The clipboard is shared while “openrelay up” runs, which it does not now.'];
  return [`The clipboard is shared with every peer, through ${tool}.`];
}
