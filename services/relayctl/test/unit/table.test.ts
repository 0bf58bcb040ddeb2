import { describe, expect, test } from '@jest/globals';
import { facts } from '../../src/text/facts';
import { cut, print, widthOf } from '../../src/text/line';
import { table } from '../../src/text/table';

const columns = [
  { title: 'NAME', align: 'left' as const, cell: ({ name }: { name: string }) => name },
  { title: 'LEAST', cell: () => 'least', leaveOut: 2 },
  { title: 'LESS', cell: () => 'less', leaveOut: 1 },
];
const rows = [{ name: 'a' }, { name: 'longer' }];

function text(width: number): string[] {
  return table(columns, rows, width).map((line) => print(line, 'no'));
}

describe('a table', () => {
  test('is in columns as wide as what is in them', () => {
    expect(text(80)).toEqual(['NAME    LEAST  LESS', 'a       least  less', 'longer  least  less']);
  });

  test('leaves out on a narrow terminal what matters least', () => {
    expect(text(18)).toEqual(['NAME    LESS', 'a       less', 'longer  less']);
    expect(text(11)).toEqual(['NAME', 'a', 'longer']);
    expect(text(1)).toEqual(['NAME', 'a', 'longer']);
  });
});

describe('facts', () => {
  test('go on below their beginning, between words', () => {
    const lines = facts(
      [
        ['jobs', 'three of them', 'well'],
        ['ledger', 'balanced'],
      ],
      19,
    );
    expect(lines.map((line) => print(line, 'no'))).toEqual([
      'jobs    three of',
      '        them, well',
      'ledger  balanced',
    ]);
  });
});

describe('a line', () => {
  const line = [{ text: 'red', colour: 'red' as const }, { text: ' plain' }];

  test('is painted only where colours are wanted', () => {
    expect(print(line, 'yes')).toBe('\u001b[31mred\u001b[39m plain');
    expect(print(line, 'no')).toBe('red plain');
  });

  test.each([0, 2, 3, 5, 100])('can be cut to %i columns, colours not counted', (width) => {
    expect(widthOf(cut(line, width))).toBe(Math.min(width, 9));
  });
});
