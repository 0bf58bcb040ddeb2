import { fromBase64, textOf, toBase64 } from '@openrelay/client';
import { type Clipboard, ClipboardError, type Held, mostClipBytes } from './clipboard';
import { runTool } from './tools/run-tool';
import { watchLines } from './tools/watch-lines';

type Script = { readonly command: string; readonly args: readonly string[] };

export type ScriptedParts = {
  readonly tool: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Prints one line: `text BASE64`, `image BASE64`, `concealed`, `empty` or `other`. */
  readonly read: Script;
  /** Reads such a line from its standard input. */
  readonly write: Script;
  /** Runs on, and prints a line for each change. */
  readonly watch: Script & { readonly stream: 'stdout' | 'stderr' };
};

const mostLineBytes = Math.ceil(mostClipBytes / 3) * 4 + 64;

/** A clipboard that scripts of the platform's own read and set, in lines of base64 so that no code page spoils them. */
export function scriptedClipboard({ tool, env, read, write, watch }: ScriptedParts): Clipboard {
  return {
    tool,
    images: 'encoded anew',
    read: async () => {
      const { code, output, size } = await runTool({ ...read, mostOutputBytes: mostLineBytes, env });
      if (size === 'cut') return { is: 'nothing', why: 'too-large' };
      if (code !== 0) throw new ClipboardError(`${tool} could not read the clipboard (exit code ${code}).`);
      return heldOf(output.toString('latin1').trim());
    },
    write: async (content) => {
      const bytes = content.is === 'text' ? Buffer.from(content.text) : content.png;
      const input = Buffer.from(`${content.is} ${toBase64(bytes)}\n`);
      const { code } = await runTool({ ...write, input, env });
      if (code !== 0) throw new ClipboardError(`${tool} could not set the clipboard (exit code ${code}).`);
    },
    watch: (onLine, onFailed) => watchLines({ ...watch, env, onLine, onFailed }),
  };
}

function heldOf(line: string): Held {
  const [kind = '', base64 = ''] = line.split(' ');
  if (kind === 'empty' || kind === 'concealed') return { is: 'nothing', why: kind };
  const bytes = fromBase64(base64);
  if (bytes === undefined || bytes.length === 0) return { is: 'nothing', why: 'other' };
  if (kind === 'image') return { is: 'image', png: bytes };
  const text = kind === 'text' ? textOf(bytes) : undefined;
  return text === undefined ? { is: 'nothing', why: 'other' } : { is: 'text', text };
}
