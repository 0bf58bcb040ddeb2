import type { Device, DeviceMessage } from '@openrelay/client';
import { type Env, findClipboard } from './find-clipboard';
import { ClipboardSync, type ClipEvent, type SyncParts } from './sync/clipboard-sync';

export type ClipboardOptions = Pick<SyncParts, 'takesPart' | 'mode'> & {
  readonly env: Env;
  readonly onEvent?: ((event: ClipEvent) => void) | undefined;
};

type Beside = { readonly device: Device; readonly log: (sentence: string) => void };

/** Keeps the clipboard in step while the device runs. A machine without a clipboard is told so once, and runs on without. */
export function clipboardExtension({ env, takesPart, mode, onEvent }: ClipboardOptions) {
  return {
    name: 'clipboard',
    start: async ({ device, log }: Beside) => {
      const clipboard = await findClipboard(env).catch((error: Error) => {
        log(`The clipboard is not shared. ${error.message}`);
      });
      if (clipboard === undefined) return { stop: async () => {} };
      const emit = (event: ClipEvent): void => {
        onEvent?.(event);
        const sentence = sentenceOf(event);
        if (sentence !== undefined) log(sentence);
      };
      const sync = new ClipboardSync({ device, clipboard, takesPart, mode, emit });
      await sync.start();
      log(`The clipboard is shared through ${clipboard.tool}.`);
      return { message: async (message: DeviceMessage) => sync.message(message), stop: () => sync.stop() };
    },
  };
}

/** Not of what is copied, nor of each echo. */
function sentenceOf(event: ClipEvent): string | undefined {
  switch (event.name) {
    case 'failed':
      return event.sentence;
    case 'skipped':
      return event.why === 'too-large' ? 'What was copied is too large to be shared.' : undefined;
    case 'sent':
    case 'set':
      return undefined;
    default:
      return event satisfies never;
  }
}
