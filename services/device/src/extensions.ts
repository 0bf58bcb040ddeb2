import { clipboardExtension } from './clipboard/index';
import type { Extension } from './holding/extension';
import type { World } from './session/world';
import { readClipMode } from './settings/clip-mode';

/** What lives beside the device in the agent. */
export function extensionsOf({ env, folders }: World): readonly Extension[] {
  return [clipboardExtension({ env, mode: () => readClipMode(folders.settings) })];
}
