import { clipboardExtension } from './clipboard/index';
import type { Extension } from './holding/extension';
import type { World } from './session/world';

/** What lives beside the device in the agent. */
export function extensionsOf({ env }: World): readonly Extension[] {
  return [clipboardExtension({ env })];
}
