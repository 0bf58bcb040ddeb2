import { expect, test } from '@jest/globals';
import { generate } from '../../src/documents/generated-document';

const section = { path: 'README.md', section: 'limits', contents: () => '| a |\n' };

test('a whole document is what the code says', () => {
  expect(generate({ path: 'README.md', contents: () => 'new' }, 'old')).toBe('new');
});

test('a section is replaced between its markers, again and again', () => {
  const written = generate(section, 'before\n<!-- generated:limits -->\nold\n<!-- /generated -->\nafter\n');
  expect(written).toBe('before\n<!-- generated:limits -->\n| a |\n<!-- /generated -->\nafter\n');
  expect(generate(section, written)).toBe(written);
});

test.each([undefined, '', 'before\n<!-- /generated -->', '<!-- generated:other -->\n<!-- /generated -->'])(
  'a document without the markers (%j) is an error that names them',
  (present) => {
    expect(() => generate(section, present)).toThrow('README.md must have the lines <!-- generated:limits -->');
  },
);
