import { describe, expect, test } from '@jest/globals';
import { DeliveryLedger, isSettled } from '../../src/bench/tally/delivery-ledger';
import { emptyTotals, faultsOf, silentSpanFaults, sumTotals } from '../../src/bench/tally/totals';

function ledgerWith(messages: number) {
  const totals = emptyTotals();
  const ledger = new DeliveryLedger(totals);
  for (let index = 0; index < messages; index += 1) ledger.send(index * 10);
  return { ledger, totals };
}

describe('the account of a flow', () => {
  test('is settled and without fault when every message was acked and received, in either order', () => {
    const { ledger, totals } = ledgerWith(1000);
    for (let sequence = 0; sequence < 1000; sequence += 1) {
      if (sequence % 2 === 0) ledger.ack(sequence);
      expect(ledger.receive(sequence)).toEqual({ dueAtMs: sequence * 10, freed: 1 });
      if (sequence % 2 === 1) expect(ledger.ack(sequence)).toBe(sequence * 10);
    }
    expect(isSettled(totals)).toBe(true);
    expect(totals).toMatchObject({
      sent: 1000,
      acked: 1000,
      received: 1000,
      lost: 0,
      duplicated: 0,
      reordered: 0,
    });
    expect(faultsOf(totals)).toEqual([]);
  });

  test('counts as lost what was acked and not received, and only that', () => {
    const { ledger, totals } = ledgerWith(3);
    ledger.ack(0);
    ledger.ack(1);
    ledger.receive(1);
    expect(isSettled(totals)).toBe(false);
    expect(totals).toMatchObject({ lost: 1, unanswered: 1 });
    expect(faultsOf(totals)).toEqual(['1 messages were acked and never received']);
  });

  test('counts each further receipt as a duplicate and receives it once', () => {
    const { ledger, totals } = ledgerWith(2);
    ledger.receive(0);
    expect(ledger.receive(0)).toBe('repeated');
    expect(ledger.receive(0)).toBe('repeated');
    expect(totals).toMatchObject({ received: 1, duplicated: 2, reordered: 0 });
    expect(faultsOf(totals)).toEqual(['2 messages were received twice on one connection']);
  });

  test('counts as reordered what comes after a later message; a gap alone is no reordering', () => {
    const { ledger, totals } = ledgerWith(5);
    for (const sequence of [0, 3, 1, 2, 4]) ledger.receive(sequence);
    expect(totals.reordered).toBe(2);
    const withGap = ledgerWith(5);
    for (const sequence of [0, 3, 4]) withGap.ledger.receive(sequence);
    expect(withGap.totals.reordered).toBe(0);
  });

  test('knows a message that was never sent', () => {
    const { ledger, totals } = ledgerWith(2);
    expect(ledger.receive(2)).toBe('stale');
    expect(ledger.receive(-1)).toBe('stale');
    expect(ledger.ack(2)).toBeUndefined();
    expect(totals).toMatchObject({ received: 0, acked: 0, duplicated: 0 });
  });

  test('counts an ack once, and a refused message neither as lost nor as unanswered', () => {
    const { ledger, totals } = ledgerWith(2);
    ledger.ack(0);
    expect(ledger.ack(0)).toBeUndefined();
    ledger.receive(0);
    expect(ledger.refuse(1)).toBe(1);
    expect(ledger.refuse(1)).toBe(0);
    expect(isSettled(totals)).toBe(true);
    expect(totals).toMatchObject({ acked: 1, refused: 1, lost: 0, unanswered: 0 });
  });

  test('several flows count into one account, and a message of one does not settle the other', () => {
    const { ledger, totals } = ledgerWith(1);
    const other = new DeliveryLedger(totals);
    other.send(0);
    ledger.ack(0);
    ledger.receive(0);
    expect(isSettled(totals)).toBe(false);
    other.refuse(0);
    expect(isSettled(totals)).toBe(true);
    expect(totals).toMatchObject({ sent: 2, acked: 1, refused: 1, received: 1 });
  });

  test('gives a stalled slot away once: the late message frees no other', () => {
    const { ledger, totals } = ledgerWith(3);
    ledger.receive(0);
    expect(ledger.stall(20)).toBe(1);
    expect(ledger.stall(20)).toBe(0);
    expect(ledger.receive(1)).toMatchObject({ freed: 0 });
    expect(ledger.receive(2)).toMatchObject({ freed: 1 });
    expect(totals.stalled).toBe(1);
  });
});

describe('the account of a run', () => {
  test('is the sum of its parts, errors and closes by their codes', () => {
    const one = { ...emptyTotals(), lost: 1, sent: 5, errors: { 429: 2 }, closes: { '1006': 1 } };
    const other = { ...emptyTotals(), lost: 2, sent: 7, errors: { 429: 1, 503: 4 } };
    expect(sumTotals([one, other])).toEqual({
      ...emptyTotals(),
      lost: 3,
      sent: 12,
      errors: { 429: 3, 503: 4 },
      closes: { '1006': 1 },
    });
  });

  test('has a fault for measured spans without a message', () => {
    expect(silentSpanFaults([5, 0, 7])).toEqual(['in 1 of 3 measured spans no message was received']);
    expect(silentSpanFaults([5])).toEqual([]);
    expect(silentSpanFaults([])).toEqual([]);
  });

  test('has a fault when the relay ended connections, and none for errors it may answer', () => {
    expect(faultsOf({ ...emptyTotals(), closes: { '1006': 2, '4008': 1 } })).toEqual([
      '3 connections were ended by the relay',
    ]);
    expect(faultsOf({ ...emptyTotals(), errors: { 503: 9 }, refused: 9 })).toEqual([]);
  });

  test.each(['lost', 'duplicated', 'corrupted', 'misrouted', 'unreadable'] as const)(
    'has a fault when one is %s',
    (what) => {
      expect(faultsOf({ ...emptyTotals(), received: 9, [what]: 1 })).toHaveLength(1);
    },
  );
});
