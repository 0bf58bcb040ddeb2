import { type Clipboard, ClipboardError, type Held, mostClipBytes } from './clipboard';
import { pollContent } from './poll-content';
import { readByTool, runTool } from './tools/run-tool';
import { untilServed } from './until-served';
import { watchSelection } from './x11/watch-selection';

type Env = Readonly<Record<string, string | undefined>>;

/** X11 through xsel: text alone. It can't see what else is offered, so nothing that a password manager marks is noticed. */
export function xselClipboard(env: Env): Clipboard {
  async function read(): Promise<Held> {
    const args = ['--clipboard', '--output'];
    const { code, output, size } = await readByTool({ command: 'xsel', args, mostOutputBytes: mostClipBytes, env });
    if (size === 'cut') return { is: 'nothing', why: 'too-large' };
    if (code !== 0 || output.length === 0) return { is: 'nothing', why: 'empty' };
    return { is: 'text', text: output.toString('utf8') };
  }

  return {
    tool: 'xsel',
    images: 'kept',
    read,
    write: async (content) => {
      if (content.is === 'image') throw new ClipboardError('xsel sets no images: install xclip.');
      const args = ['--clipboard', '--input'];
      const { code } = await runTool({ command: 'xsel', args, input: Buffer.from(content.text), env });
      if (code !== 0)
        throw new ClipboardError(`xsel could not set the clipboard: is the display ${env.DISPLAY} there?`);
      await untilServed(content, read);
    },
    watch: (onChange, onFailed) =>
      watchSelection({ env, onChange, onFailed, poll: () => pollContent(read, onChange, onFailed) }),
  };
}
