import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { Refusal } from '@openrelay/protocol';
import { RedisUnavailable } from '@openrelay/state';
import { ContactChanges } from '../../src/inbound/contact-changes';
import { connectionIn, deliveryRig } from './edge-rig';

/** What a device is told whose change fails so. */
async function refusedAfter(failure: Error): Promise<Refusal[]> {
  const refused: Refusal[] = [];
  let isAsked = false;
  const changes = new ContactChanges({
    ...deliveryRig(),
    claims: {
      changeContacts: async () => {
        isAsked = true;
        throw failure;
      },
    },
    replies: { refuse: (_, refusal) => void refused.push(refusal) },
  });
  changes.ask(connectionIn('registered'), { type: 'Contacts', accept: 'listed', add: [], remove: [] });
  while (!isAsked || refused.length === 0) await turn();
  return refused;
}

test.each([
  ['failed halfway', Object.assign(new Error('WRONGTYPE script: f00, on @user_script:9.'), { name: 'ReplyError' })],
  ['nobody answered', new RedisUnavailable('no answer in time', 'unknown')],
])('of contacts in a call which %s nobody says that nothing was stored', async (_, failure) => {
  expect(await refusedAfter(failure)).toMatchObject([
    { code: 503, text: expect.stringMatching(/did not say whether this was stored/) },
  ]);
});

test('of contacts that Redis was not told is said that nothing was stored', async () => {
  const refused = await refusedAfter(new RedisUnavailable('the connection was closed'));
  expect(refused).toMatchObject([{ code: 503, text: expect.stringMatching(/nothing was stored/) }]);
});
