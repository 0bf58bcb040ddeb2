import type { Device } from '@openrelay/client';
import { bytesText } from '@openrelay/client';
import { nameOfPeer } from '../holding/device-names';
import type { Extension, RunningExtension } from '../holding/extension';
import { durationText } from '../terminal/units';
import { type ClipContent, mostClipBytes } from './clipboard';
import { type Env, findClipboard } from './find-clipboard';
import { ClipboardSync, type ClipEvent, type SyncParts } from './sync/clipboard-sync';

export type ClipboardOptions = Pick<SyncParts, 'sharing'> & {
  readonly env: Env;
  readonly onEvent?: ((event: ClipEvent) => void) | undefined;
};

/** Keeps the clipboard in step while the device runs. A machine without a clipboard is told so once, and runs on without. */
export function clipboardExtension({ env, sharing, onEvent }: ClipboardOptions): Extension {
  return {
    name: 'clipboard',
    start: async (beside): Promise<RunningExtension> => {
      const { device, log } = beside;
      const clipboard = await findClipboard(env).catch((error: Error) => {
        log(`The clipboard is not shared. ${error.message}`, 'news');
      });
      if (clipboard === undefined) return { stop: async () => {} };
      let last: string | undefined;
      const emit = (event: ClipEvent): void => {
        onEvent?.(event);
        const sentence = sentenceOf(event, device);
        // What goes wrong again and again is told once.
        if (sentence !== undefined && sentence !== last) log(sentence, event.name === 'late' ? 'trouble' : 'news');
        last = sentence ?? (event.name === 'sent' || event.name === 'set' ? undefined : last);
      };
      const sync = new ClipboardSync({ device, clipboard, sharing, emit });
      await sync.start();
      log(`The clipboard is shared through ${clipboard.tool}.`, 'news');
      return { message: (message) => sync.message(message), clips: sync.large, stop: () => sync.stop() };
    },
  };
}

/** Not of what is copied, nor of each echo. */
function sentenceOf(event: ClipEvent, { peers }: Device): string | undefined {
  const nameOf = (id: string): string => nameOfPeer(peers, id);
  switch (event.name) {
    case 'failed':
      return event.sentence;
    case 'late':
      return `What was copied could not go to ${nameOf(event.to)} within two minutes, and does not go any more: copy it again.`;
    case 'begun': {
      const what = `${wordOf(event.is)} of ${bytesText(event.bytes)}`;
      const time = event.seconds === 0 ? '' : `, which takes ${durationText(event.seconds)} under the relay’s limits`;
      return `${what} goes to the clipboard of ${nameOf(event.to)} in parts${time}.`;
    }
    case 'skipped':
      return event.why === 'too-large'
        ? `What was copied has more than ${bytesText(mostClipBytes)}, and is not shared: send it as a file.`
        : undefined;
    case 'sent':
    case 'set':
      return undefined;
    default:
      return event satisfies never;
  }
}

function wordOf(is: ClipContent['is']): string {
  return is === 'text' ? 'A text' : 'An image';
}
