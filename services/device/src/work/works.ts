import type { ReceivedItem } from '../holding/received-items';
import type { Trouble } from '../holding/troubles';
import type { AcceptRule } from '../settings/settings-file';

export type PeerView = {
  /** 64 hex digits. */
  readonly id: string;
  /** As it is shown: ours for it, or its own. */
  readonly name: string;
  readonly ownName: string;
  readonly kind: 'paired' | 'introduced' | 'legacy';
  /** Unix ms. */
  readonly since: number;
  readonly introducedBy: string | undefined;
  readonly accept: AcceptRule;
  /** Whether this device trusts those that it introduces. */
  readonly mayIntroduce: 'yes' | 'no';
};

export type IdentityView = { readonly id: string; readonly name: string; readonly relay: string };

export type LinkView = {
  readonly is: 'connecting' | 'connected' | 'waiting' | 'stopped' | 'idle';
  /** A sentence, empty when all is well. */
  readonly why: string;
  /** Unix ms, of the next try. */
  readonly untilMs?: number | undefined;
};

export type TransferView = {
  readonly direction: 'in' | 'out';
  readonly peerId: string;
  readonly id: string;
  readonly name: string;
  readonly size?: number | undefined;
  readonly bytes?: number | undefined;
  readonly phase: string;
};

export type StatusView = IdentityView & {
  readonly link: LinkView;
  readonly peers: number;
  /** Messages that wait for the relay, parts of files among them. */
  readonly waiting: number;
  readonly transfers: readonly TransferView[];
  readonly notices: readonly string[];
  /** What went wrong lately, oldest first. */
  readonly troubles: readonly Trouble[];
  /** Of the process that holds the device. */
  readonly pid: number;
  readonly version: string;
};

export type SentView = {
  readonly peerId: string;
  readonly name: string;
  /** `kept`: in the store of this device, as the relay can't be reached now. */
  readonly outcome: 'delivered' | 'queued' | 'kept' | 'done' | 'refused' | 'cancelled' | 'failed' | 'under-way';
  readonly sentence: string;
};

export type OfferView = {
  readonly peerId: string;
  readonly id: string;
  readonly name: string;
  readonly size?: number | undefined;
};

type ReceivingView = {
  readonly folder: string;
  readonly accept: AcceptRule;
  readonly offers: readonly OfferView[];
  /** Oldest first. */
  readonly items: readonly ReceivedItem[];
};

type Nothing = Readonly<Record<string, never>>;

/** All that can be asked of a device: what each request says, and what its answer is. Also the agent's protocol, as JSON. */
type Works = {
  identity: { request: Nothing; answer: IdentityView };
  /** Waits for a connection; fails with the reason when there is none in time. */
  connect: { request: { readonly waitMs: number }; answer: LinkView };
  status: { request: Nothing; answer: StatusView };
  /** Forgets the troubles that `status` told, up to this one's time (Unix ms). */
  seen: { request: { readonly untilMs: number }; answer: Nothing };
  peers: { request: Nothing; answer: { readonly peers: readonly PeerView[] } };
  'name-self': { request: { readonly name: string }; answer: IdentityView };
  'name-peer': { request: { readonly peerId: string; readonly name: string | undefined }; answer: Nothing };
  forget: { request: { readonly peerId: string }; answer: Nothing };
  'let-introduce': { request: { readonly peerId: string; readonly mayIntroduce: 'yes' | 'no' }; answer: Nothing };
  introduce: { request: { readonly one: string; readonly other: string }; answer: Nothing };
  rotate: { request: { readonly peerId: string }; answer: { readonly state: 'rotated' | 'started' | 'under-way' } };
  /** Tells `{event: 'code', text, uri, expiresAt}`, and where that was tried in vain `{event: 'code-used', left}` before a new one. */
  'pair-host': { request: Nothing; answer: { readonly peer: PeerView } };
  /** Tells `{event: 'absent'}` each time that nobody was there and is asked again; so does `pair-device`. */
  'pair-join': { request: { readonly code: string }; answer: { readonly peer: PeerView } };
  /** Waits until another device begins a pairing by this one's id. Tells `{event: 'waiting', id}`. */
  'pair-wait': { request: Nothing; answer: { readonly peer: PeerView } };
  'pair-device': { request: { readonly id: string }; answer: { readonly peer: PeerView } };
  /**
   * With the Windows app: the one of this id is asked, or, without one, the first that asks. Tells `{event: 'asked', status}` or
   * `{event: 'waiting', id, expiresAt}`.
   */
  'pair-windows': { request: { readonly id: string | undefined }; answer: { readonly peer: PeerView } };
  'send-text': {
    request: { readonly peerIds: readonly string[]; readonly text: string; readonly waitMs: number };
    answer: { readonly sent: readonly SentView[] };
  };
  /**
   * Absolute paths. `once` files are removed when they are over. Tells `{event: 'estimate'|'progress'|'delayed'|'link', …}`, and of each file that is
   * over its view as `{event: 'sent', peer, …}`. `wait`: `end` until they are over, `start` until they are offered.
   */
  'send-files': {
    request: {
      readonly peerIds: readonly string[];
      readonly files: readonly { readonly path: string; readonly name?: string; readonly once?: boolean }[];
      readonly wait: 'start' | 'end';
    };
    answer: { readonly sent: readonly SentView[] };
  };
  receiving: { request: { readonly items: number }; answer: ReceivingView };
  /** Tells each `{event: 'received', item}` and `{event: 'offer', offer}` until it is cancelled. */
  watch: { request: Nothing; answer: Nothing };
  decide: {
    request: { readonly peerId: string; readonly id: string; readonly take: 'take' | 'refuse' };
    answer: Nothing;
  };
  /** Of the agent alone: ends it. */
  stop: { request: Nothing; answer: Nothing };
};

export type WorkName = keyof Works;
export type RequestOf<Name extends WorkName> = Works[Name]['request'];
export type AnswerOf<Name extends WorkName> = Works[Name]['answer'];
