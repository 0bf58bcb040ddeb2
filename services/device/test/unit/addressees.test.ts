import { describe, expect, test } from '@jest/globals';
import { addresseesOf, refuseFurtherPeer } from '../../src/session/addressees';
import { peerCalled as peer } from '../peer-called';

const peers = [peer('desk', 'ABCD1'), peer('phone', 'ABCD2'), peer('hi', '77777'), peer('Bob, at home', '88888')];
const namesOf = (text: string, all = peers) => addresseesOf(all, text).map(({ name }) => name);

describe('to whom something goes', () => {
  test('is one peer, several with commas, or all', () => {
    expect([namesOf('Desk'), namesOf('phone, desk,PHONE'), namesOf('all').length]).toEqual([
      ['desk'],
      ['phone', 'desk'],
      4,
    ]);
    expect(namesOf('bob, at home')).toEqual(['Bob, at home']);
  });

  test('is nobody, with a sentence, where one of a list is not known, or nobody is paired', () => {
    expect(() => namesOf('desk,nobody')).toThrow('No device of the name “nobody”');
    expect(() => namesOf('all', [])).toThrow('“openrelay pair” pairs the first one.');
  });

  test('is not a peer that calls itself like a list of others', () => {
    const posing = [...peers, peer('desk,phone', 'EEEE')];
    expect(() => namesOf('desk,phone', posing)).toThrow(
      /^“desk,phone” is the name of a device, and a list of others: /,
    );
  });

  test('is never said by a word of the text, whatever a peer calls itself', () => {
    expect(() => refuseFurtherPeer(peers, 'desk', 'hi')).toThrow(
      '“hi” is a paired device: “desk,hi” sends to both. A text that is called so is sent with --text',
    );
    expect(() => refuseFurtherPeer(peers, 'desk', 'hello')).not.toThrow();
    expect(() => refuseFurtherPeer(peers, 'desk', undefined)).not.toThrow();
  });
});
