import { describe, expect, test } from '@jest/globals';
import { cleanName, cleanPath } from '../../src/transfers';

describe('a name from elsewhere', () => {
  test.each([
    ['holiday.jpg', 'holiday.jpg'],
    ['.bashrc', '.bashrc'],
    ['..', 'file'],
    ['', 'file'],
    ['a/b\\c', 'a_b_c'],
    ['line\nend\u0000', 'line_end_'],
    ['CON', '_CON'],
    ['com1.txt', '_com1.txt'],
    ['console.txt', 'console.txt'],
    ['trailing. . ', 'trailing'],
    ['photo\u202Egpj.exe', 'photo_gpj.exe'],
    ['in\u00advo\u200bi\u200dce\u180e.pdf', 'in_vo_i_ce_.pdf'],
    ['a:b?c*d<e>f|g"h', 'a_b_c_d_e_f_g_h'],
    ['e\u0301', '\u00e9'],
    ['\ud800x', '\ufffdx'],
  ])('%j becomes %j', (name, clean) => {
    expect(cleanName(name)).toBe(clean);
  });

  test('is not too long for any file system, and keeps its ending', () => {
    const clean = cleanName(`${'ü'.repeat(500)}.jpeg`);
    expect(new TextEncoder().encode(clean).length).toBeLessThanOrEqual(200);
    expect(clean).toMatch(/^ü+\.jpeg$/);
  });

  test('as a path is cleaned in each part, or refused', () => {
    expect(cleanPath('a/NUL/c?.txt')).toEqual(['a', '_NUL', 'c_.txt']);
    for (const path of ['', '/a', 'a/', '../a', 'a/./b', 'c:/a', 'a\\..\\b', `${'x/'.repeat(40)}y`]) {
      expect(cleanPath(path)).toBeUndefined();
    }
  });
});
