import { type Clipboard, ClipboardError, type ClipContent, type Held, mostClipBytes } from './clipboard';
import { chosenType } from './offered-types';
import { pollContent } from './poll-content';
import { runTool } from './tools/run-tool';
import { watchSelection } from './x11/watch-selection';

type Env = Readonly<Record<string, string | undefined>>;

/** X11 through xclip, which serves what it wrote until something else is copied. */
export function xclipClipboard(env: Env): Clipboard {
  const output = (type: string, mostOutputBytes: number) =>
    runTool({ command: 'xclip', args: ['-selection', 'clipboard', '-o', '-t', type], mostOutputBytes, env });

  async function read(): Promise<Held> {
    const targets = await output('TARGETS', 64 * 1024);
    if (targets.code !== 0) return { is: 'nothing', why: 'empty' };
    const chosen = chosenType(targets.output.toString('utf8').split('\n'));
    if (chosen.is === 'nothing') return chosen;
    const { code, output: bytes, size } = await output(chosen.type, mostClipBytes);
    if (size === 'cut') return { is: 'nothing', why: 'too-large' };
    // The owner may have gone between the two.
    if (code !== 0 || bytes.length === 0) return { is: 'nothing', why: 'empty' };
    return chosen.is === 'text' ? { is: 'text', text: bytes.toString('utf8') } : { is: 'image', png: bytes };
  }

  async function write(content: ClipContent): Promise<void> {
    const [type, input] =
      content.is === 'text' ? ['UTF8_STRING', Buffer.from(content.text)] : ['image/png', content.png];
    const args = ['-selection', 'clipboard', '-i', '-t', type as string];
    const { code } = await runTool({ command: 'xclip', args, input: input as Uint8Array, env });
    if (code !== 0) throw new ClipboardError(`xclip could not set the clipboard: is the display ${env.DISPLAY} there?`);
  }

  return {
    tool: 'xclip',
    images: 'kept',
    read,
    write,
    watch: (onChange, onFailed) =>
      watchSelection({ env, onChange, onFailed, poll: () => pollContent(read, onChange, onFailed) }),
  };
}
