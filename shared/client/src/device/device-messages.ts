import { textOf, utf8 } from '../crypto/index';
import type { Peer } from '../peers/index';
import type { Content, Head, OpenedMessage } from '../sessions/index';

/** Of a clipboard: when it was copied, and where first. */
export type Clip = { readonly at: number; readonly from: string };

export type OutgoingContent =
  | { readonly text: string; readonly clip?: Clip | undefined }
  | { readonly image: Uint8Array; readonly mime: string; readonly clip?: Clip | undefined }
  /** Of the application's own making: `t` must not be `text` or `image`. */
  | { readonly head: Head; readonly body: Uint8Array };

export type DeviceMessage = {
  readonly peer: Peer;
  readonly messageId: string;
  readonly content: OutgoingContent;
};

export type DeviceMessageHandler = (message: DeviceMessage) => void | Promise<void>;

export function contentToSeal(content: OutgoingContent): Content {
  if ('text' in content) return { head: { t: 'text', ...clipFields(content.clip) }, body: utf8(content.text) };
  if ('image' in content) {
    return { head: { t: 'image', mime: content.mime, ...clipFields(content.clip) }, body: content.image };
  }
  return content;
}

/** What a newer version says in another form comes as it is. */
export function messageOf(peer: Peer, { messageId, head, body }: OpenedMessage): DeviceMessage {
  return { peer, messageId, content: contentOf(head, body) };
}

function contentOf(head: Head, body: Uint8Array): OutgoingContent {
  const clip = clipOf(head);
  const text = head.t === 'text' ? textOf(body) : undefined;
  if (text !== undefined) return { text, clip };
  if (head.t === 'image' && typeof head.mime === 'string') return { image: body, mime: head.mime, clip };
  return { head, body };
}

function clipFields(clip: Clip | undefined): object {
  return clip === undefined ? {} : { clip: true, at: clip.at, from: clip.from };
}

function clipOf({ clip, at, from }: Head): Clip | undefined {
  return clip === true && typeof at === 'number' && typeof from === 'string' ? { at, from } : undefined;
}
