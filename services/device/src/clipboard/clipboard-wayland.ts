import { type Clipboard, ClipboardError, type ClipContent, type Held, mostClipBytes } from './clipboard';
import { chosenType } from './offered-types';
import { runTool } from './tools/run-tool';
import { watchLines } from './tools/watch-lines';

type Env = Readonly<Record<string, string | undefined>>;

/** Wayland through wl-clipboard. Watching needs a compositor with a data-control protocol: wlroots' kin, KDE, recent GNOME has none. */
export function waylandClipboard(env: Env): Clipboard {
  async function read(): Promise<Held> {
    const types = await paste(['--list-types'], 64 * 1024);
    if (types.code !== 0) return { is: 'nothing', why: 'empty' };
    const chosen = chosenType(types.output.toString('utf8').split('\n'));
    if (chosen.is === 'nothing') return chosen;
    const { code, output, size } = await paste(['--no-newline', '--type', chosen.type], mostClipBytes);
    if (size === 'cut') return { is: 'nothing', why: 'too-large' };
    if (code !== 0 || output.length === 0) return { is: 'nothing', why: 'empty' };
    return chosen.is === 'text' ? { is: 'text', text: output.toString('utf8') } : { is: 'image', png: output };
  }

  const paste = (args: readonly string[], mostOutputBytes: number) =>
    runTool({ command: 'wl-paste', args, mostOutputBytes, env });

  async function write(content: ClipContent): Promise<void> {
    const type = content.is === 'text' ? 'text/plain;charset=utf-8' : 'image/png';
    const input = content.is === 'text' ? Buffer.from(content.text) : content.png;
    const { code } = await runTool({ command: 'wl-copy', args: ['--type', type], input, env });
    if (code !== 0) throw new ClipboardError('wl-copy could not set the clipboard: is the Wayland session there?');
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
