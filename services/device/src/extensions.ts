import { clipboardExtension } from './clipboard/index';
import type { Extension } from './holding/extension';
import type { World } from './session/world';
import { readClipSettings, takesPart } from './settings/clip-sharing';

/** What lives beside the device in the agent. */
export function extensionsOf({ env, folders }: World): readonly Extension[] {
  const sharing = async () => {
    const { mode, peers } = await readClipSettings(folders.settings);
    return { mode, takesPart: ({ id }: { readonly id: string }) => takesPart(peers, id) };
  };
  return [clipboardExtension({ env, sharing })];
}
