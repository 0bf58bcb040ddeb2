import { describe, expect, test } from '@jest/globals';
import { faultsOf, silentSpanFaults } from '../../src/bench/faults';
import { DeliveryLedger } from '../../src/bench/load/delivery-ledger';
import { addTotals, emptyTotals, type LoadTotals } from '../../src/bench/load/report';

function ledgerWith(messages: number): DeliveryLedger {
  const ledger = new DeliveryLedger();
  for (let index = 0; index < messages; index += 1) ledger.send(index * 10);
  return ledger;
}

function totalsOf(ledger: DeliveryLedger): LoadTotals {
  return { ...emptyTotals(), ...ledger.counts() };
}

describe('the account of a flow', () => {
  test('is settled and without fault when every message was acked and received, in either order', () => {
    const ledger = ledgerWith(1000);
    for (let sequence = 0; sequence < 1000; sequence += 1) {
      if (sequence % 2 === 0) ledger.ack(sequence);
      expect(ledger.receive(sequence)).toEqual({ outcome: 'first', dueAtMs: sequence * 10, freed: 1 });
      if (sequence % 2 === 1) expect(ledger.ack(sequence)).toBe(sequence * 10);
    }
    expect(ledger.isSettled()).toBe(true);
    expect(ledger.counts()).toMatchObject({
      sent: 1000,
      acked: 1000,
      received: 1000,
      lost: 0,
      duplicated: 0,
      reordered: 0,
    });
    expect(faultsOf(totalsOf(ledger))).toEqual([]);
  });

  test('counts as lost what was acked and not received, and only that', () => {
    const ledger = ledgerWith(3);
    ledger.ack(0);
    ledger.ack(1);
    ledger.receive(1);
    expect(ledger.isSettled()).toBe(false);
    expect(ledger.counts()).toMatchObject({ lost: 1, unanswered: 1 });
    expect(faultsOf(totalsOf(ledger))).toEqual(['1 messages were acked and never received']);
  });

  test('counts each further receipt as a duplicate and receives it once', () => {
    const ledger = ledgerWith(2);
    ledger.receive(0);
    expect(ledger.receive(0)).toEqual({ outcome: 'repeated' });
    expect(ledger.receive(0)).toEqual({ outcome: 'repeated' });
    expect(ledger.counts()).toMatchObject({ received: 1, duplicated: 2, reordered: 0 });
    expect(faultsOf(totalsOf(ledger))).toEqual(['2 messages were received twice on one connection']);
  });

  test('counts as reordered what comes after a later message; a gap alone is no reordering', () => {
    const ledger = ledgerWith(5);
    for (const sequence of [0, 3, 1, 2, 4]) ledger.receive(sequence);
    expect(ledger.counts().reordered).toBe(2);
    const withGap = ledgerWith(5);
    for (const sequence of [0, 3, 4]) withGap.receive(sequence);
    expect(withGap.counts().reordered).toBe(0);
  });

  test('knows a message that was never sent', () => {
    const ledger = ledgerWith(2);
    expect(ledger.receive(2)).toEqual({ outcome: 'stale' });
    expect(ledger.receive(-1)).toEqual({ outcome: 'stale' });
    expect(ledger.ack(2)).toBeUndefined();
    expect(ledger.counts()).toMatchObject({ received: 0, acked: 0, duplicated: 0 });
  });

  test('counts an ack once, and a refused message neither as lost nor as unanswered', () => {
    const ledger = ledgerWith(2);
    ledger.ack(0);
    expect(ledger.ack(0)).toBeUndefined();
    ledger.receive(0);
    expect(ledger.refuse(1)).toBe(1);
    expect(ledger.refuse(1)).toBe(0);
    expect(ledger.isSettled()).toBe(true);
    expect(ledger.counts()).toMatchObject({ acked: 1, refused: 1, lost: 0, unanswered: 0 });
  });

  test('gives a stalled slot away once: the late message frees no other', () => {
    const ledger = ledgerWith(3);
    ledger.receive(0);
    expect(ledger.stall(20)).toBe(1);
    expect(ledger.stall(20)).toBe(0);
    expect(ledger.receive(1)).toMatchObject({ outcome: 'first', freed: 0 });
    expect(ledger.receive(2)).toMatchObject({ outcome: 'first', freed: 1 });
    expect(ledger.counts().stalled).toBe(1);
  });
});

describe('the account of a run', () => {
  test('is the sum of its parts, errors and closes by their codes', () => {
    const one = { ...emptyTotals(), lost: 1, sent: 5, errors: { 429: 2 }, closes: { '1006': 1 } };
    const other = { ...emptyTotals(), lost: 2, sent: 7, errors: { 429: 1, 503: 4 } };
    expect(addTotals(one, other)).toEqual({
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
