/** What people copy and paste, as far as devices exchange it. */
export type ClipContent =
  | { readonly is: 'text'; readonly text: string }
  /** A whole PNG file. */
  | { readonly is: 'image'; readonly png: Uint8Array };

/** What a clipboard holds now. */
export type Held =
  | ClipContent
  /** `concealed`: a password manager asks that nobody keeps it. `other`: files, colours and the like. `changing`: read again. */
  | { readonly is: 'nothing'; readonly why: 'empty' | 'concealed' | 'too-large' | 'other' | 'changing' };

export type Watch = {
  stop(): void;
};

/** This machine's clipboard. Every method may reject with a ClipboardError. */
export type Clipboard = {
  /** The tool behind it, such as `xclip`. */
  readonly tool: string;
  /** `encoded anew`: the platform turns an image that is set into other bytes. */
  readonly images: 'kept' | 'encoded anew';
  read(): Promise<Held>;
  /** Resolves when the clipboard has it. */
  write(content: ClipContent): Promise<void>;
  /**
   * Calls `onChange` after each change, also after one of `write`; several changes in a row may be told once. `onFailed` is told
   * why no change will be heard of for a while, or ever: a sentence.
   */
  watch(onChange: () => void, onFailed: (error: Error) => void): Watch;
};

/** The platform's tool failed, or there is none. The message says what to do. */
export class ClipboardError extends Error {
  override readonly name = 'ClipboardError';
}

/** A screenshot of a large screen; what is larger is not even read. */
export const mostClipBytes = 16 * 1024 * 1024;
