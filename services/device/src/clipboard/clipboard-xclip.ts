import { type Clipboard, ClipboardError, type ClipContent } from './clipboard';
import { pollContent } from './poll-content';
import { readOffered } from './read-offered';
import { readByTool, runTool } from './tools/run-tool';
import { untilServed } from './until-served';
import { watchSelection } from './x11/watch-selection';

const mostTypesBytes = 64 * 1024;

type Env = Readonly<Record<string, string | undefined>>;

/** X11 through xclip, which serves what it wrote until something else is copied. */
export function xclipClipboard(env: Env): Clipboard {
  const output = (type: string, mostOutputBytes: number) =>
    readByTool({ command: 'xclip', args: ['-selection', 'clipboard', '-o', '-t', type], mostOutputBytes, env });

  const read = () => readOffered({ types: () => output('TARGETS', mostTypesBytes), content: output });

  async function write(content: ClipContent): Promise<void> {
    const [type, input] =
      content.is === 'text' ? ['UTF8_STRING', Buffer.from(content.text)] : ['image/png', content.png];
    const args = ['-selection', 'clipboard', '-i', '-t', type as string];
    const { code } = await runTool({ command: 'xclip', args, input: input as Uint8Array, env });
    if (code !== 0) throw new ClipboardError(`xclip could not set the clipboard: is the display ${env.DISPLAY} there?`);
    await untilServed(content, read);
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
