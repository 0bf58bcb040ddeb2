/** This machine's clipboard, and how it is kept in step with those of the peers. Knows nothing of commands. */
export { type Clipboard, ClipboardError, type ClipContent, type Held, mostClipBytes } from './clipboard';
export { type ClipboardOptions, clipboardExtension } from './clipboard-extension';
export { findClipboard } from './find-clipboard';
export type { ClipMode, ClipSharing } from './sync/clip-sharing';
export { ClipboardSync, type ClipEvent } from './sync/clipboard-sync';
