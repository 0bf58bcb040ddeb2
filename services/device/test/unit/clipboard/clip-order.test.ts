import { describe, expect, test } from '@jest/globals';
import { markOf } from '../../../src/clipboard/sync/clip-mark';
import { type ClipOrder, localCopy, noClips, remoteCopy } from '../../../src/clipboard/sync/clip-order';

const text = (mark: string) => ({ is: 'text' as const, mark });
const image = (mark: string) => ({ is: 'image' as const, mark });
const here = { now: 1_000, ownId: 'B' };

describe('what is copied here', () => {
  test('goes out once, with a later time than all that is known, whatever the clock says', () => {
    const first = localCopy(noClips, text('one'), here);
    expect(first).toMatchObject({ do: 'send', order: { newest: { at: 1_000, from: 'B' } } });
    expect(localCopy(first.order, text('one'), here).do).toBe('ignore: echo');
    const ahead = remoteCopy(
      first.order,
      { ...text('two'), at: 5_000, from: 'A' },
      { now: 1_000, images: 'encoded anew' },
    );
    expect(localCopy(ahead.order, text('three'), here)).toMatchObject({ do: 'send', order: { newest: { at: 5_001 } } });
  });

  test('a text with other line ends is the same text', () => {
    expect(markOf({ is: 'text', text: 'a\r\nb' })).toBe(markOf({ is: 'text', text: 'a\nb' }));
    expect(markOf({ is: 'text', text: 'a' })).not.toBe(markOf({ is: 'text', text: 'a\n' }));
  });

  test('an image that was set and comes back in other bytes is an echo, for five seconds', () => {
    const { order } = remoteCopy(
      noClips,
      { ...image('png'), at: 900, from: 'A' },
      { now: 1_000, images: 'encoded anew' },
    );
    const echo = localCopy(order, image('encoded anew'), { ...here, now: 5_999 });
    expect(echo.do).toBe('ignore: echo');
    expect(localCopy(echo.order, image('encoded anew'), { ...here, now: 60_000 }).do).toBe('ignore: echo');
    expect(localCopy(echo.order, image('another'), { ...here, now: 5_999 }).do).toBe('send');
    expect(localCopy(order, image('another'), { ...here, now: 6_000 }).do).toBe('send');
    expect(localCopy(order, text('a text'), here).do).toBe('send');
    const { order: kept } = remoteCopy(
      noClips,
      { ...image('png'), at: 900, from: 'A' },
      { now: 1_000, images: 'kept' },
    );
    expect(localCopy(kept, image('another'), here).do).toBe('send');
  });
});

describe('what was copied elsewhere', () => {
  const known: ClipOrder = localCopy(noClips, text('mine'), here).order;

  test('is set when it is newer, and at the same time when its device has the larger id', () => {
    expect(remoteCopy(known, { ...text('x'), at: 999, from: 'C' }, { now: 1_000, images: 'encoded anew' }).do).toBe(
      'ignore: older',
    );
    expect(remoteCopy(known, { ...text('x'), at: 1_000, from: 'A' }, { now: 1_000, images: 'encoded anew' }).do).toBe(
      'ignore: older',
    );
    expect(remoteCopy(known, { ...text('x'), at: 1_000, from: 'C' }, { now: 1_000, images: 'encoded anew' }).do).toBe(
      'write',
    );
  });

  test('is not undone by what is still read of before it', () => {
    const { order } = remoteCopy(known, { ...text('x'), at: 2_000, from: 'A' }, { now: 2_000, images: 'kept' });
    expect(localCopy(order, text('mine'), { ...here, now: 31_999 }).do).toBe('ignore: echo');
    expect(localCopy(order, text('mine'), { ...here, now: 32_000 }).do).toBe('send');
    // Once it was seen there, the same as before is a copy of somebody's.
    const seen = localCopy(order, text('x'), { ...here, now: 2_001 });
    expect(seen.do).toBe('ignore: echo');
    expect(localCopy(seen.order, text('mine'), { ...here, now: 2_002 }).do).toBe('send');
  });

  test('is not set again when it is there already', () => {
    const same = remoteCopy(known, { ...text('mine'), at: 2_000, from: 'A' }, { now: 2_000, images: 'encoded anew' });
    expect(same).toMatchObject({ do: 'ignore: echo', order: { newest: { at: 2_000, from: 'A' } } });
  });

  test('does not win for ever by a clock that is years ahead', () => {
    const { order } = remoteCopy(
      noClips,
      { ...text('x'), at: Number.MAX_SAFE_INTEGER, from: 'A' },
      { now: 1_000, images: 'encoded anew' },
    );
    expect(order.newest?.at).toBe(1_000 + 24 * 60 * 60 * 1000);
  });
});

test('of several that arrive before the first is set, none that is read meanwhile is a copy of this device’s', () => {
  const arrive = (order: ClipOrder, mark: string, at: number) =>
    remoteCopy(order, { ...text(mark), at, from: 'A' }, { now: at, images: 'kept' }).order;
  const order = arrive(
    arrive(arrive(localCopy(noClips, text('mine'), here).order, 'x', 2_000), 'y', 2_001),
    'z',
    2_002,
  );
  for (const mark of ['mine', 'x', 'y', 'z']) {
    expect(localCopy(order, text(mark), { ...here, now: 2_003 }).do).toBe('ignore: echo');
  }
});
