import { type Clipboard, ClipboardError, type ClipContent } from './clipboard';
import { readOffered } from './read-offered';
import { readByTool, runTool } from './tools/run-tool';
import { watchLines } from './tools/watch-lines';
import { untilServed } from './until-served';

const mostTypesBytes = 64 * 1024;

type Env = Readonly<Record<string, string | undefined>>;

/** Wayland through wl-clipboard. Watching needs a compositor with a data-control protocol: wlroots' kin, KDE, recent GNOME has none. */
export function waylandClipboard(env: Env): Clipboard {
  const paste = (args: readonly string[], mostOutputBytes: number) =>
    readByTool({ command: 'wl-paste', args, mostOutputBytes, env });

  const read = () =>
    readOffered({
      types: () => paste(['--list-types'], mostTypesBytes),
      content: (type, mostBytes) => paste(['--no-newline', '--type', type], mostBytes),
    });

  async function write(content: ClipContent): Promise<void> {
    const type = content.is === 'text' ? 'text/plain;charset=utf-8' : 'image/png';
    const input = content.is === 'text' ? Buffer.from(content.text) : content.png;
    const { code } = await runTool({ command: 'wl-copy', args: ['--type', type], input, env });
    if (code !== 0) throw new ClipboardError('wl-copy could not set the clipboard: is the Wayland session there?');
    await untilServed(content, read);
  }

  return {
    tool: 'wl-clipboard',
    images: 'kept',
    read,
    write,
    // Each change runs `echo`, whose line is heard here.
    watch: (onLine, onFailed) => watchLines({ command: 'wl-paste', args: ['--watch', 'echo'], env, onLine, onFailed }),
  };
}
