import { Failure } from '../failures/failure';
import { connect, identity, nameSelf, peers, seen, status } from './about-device';
import { forget, introduce, letIntroduce, namePeer, rotate } from './about-peers';
import { pairDevice, pairHost, pairJoin, pairWait, pairWindows } from './pairing-work';
import { decide, receiving, watch } from './receiving-work';
import { sendFiles } from './send-files';
import { sendText } from './send-text';
import type { Talk } from './talk';
import type { Work, Workplace } from './work';
import type { AnswerOf, RequestOf, WorkName } from './works';

const stop: Work<'stop'> = async ({ stop }) => {
  stop();
  return {};
};

const works: { readonly [Name in WorkName]: Work<Name> } = {
  connect,
  identity,
  status,
  seen,
  peers,
  'name-self': nameSelf,
  'name-peer': namePeer,
  forget,
  introduce,
  'let-introduce': letIntroduce,
  rotate,
  'pair-host': pairHost,
  'pair-join': pairJoin,
  'pair-wait': pairWait,
  'pair-device': pairDevice,
  'pair-windows': pairWindows,
  'send-text': sendText,
  'send-files': sendFiles,
  receiving,
  watch,
  decide,
  stop,
};

/** Does what is asked for by its name. The request came from this user's own programs, and is as `Works` says. */
export async function perform<Name extends WorkName>(
  place: Workplace,
  name: Name,
  request: RequestOf<Name>,
  talk: Talk,
): Promise<AnswerOf<Name>> {
  if (!Object.hasOwn(works, name)) throw new Failure(3, `The agent knows no “${name}”: end it with “openrelay down”.`);
  return works[name](place, request, talk);
}
