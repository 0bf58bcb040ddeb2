import { utf8 } from '../crypto/index';
import { hiddenCharacters } from '../peers/index';

/** What Windows gives a meaning of its own, whatever ending follows. */
const reservedNames = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)(\.|$)/i;
/** Separators, what Windows forbids, and what hides, joins or turns text. */
const forbidden = new RegExp(`[\\\\/:*?"<>|\\u200C\\u200D${hiddenCharacters}]`, 'gu');
/** What every file system takes; some count UTF-8, others UTF-16. */
const maxBytes = 200;
const maxDepth = 32;

/** A name that is safe in any folder of any system: no path, no device, no hidden signs. Never empty. */
export function cleanName(name: string): string {
  const replaced = name.toWellFormed().normalize('NFC').replace(forbidden, '_');
  const trimmed = shortened(replaced.replace(/[. ]+$/, '').replace(/^ +/, ''));
  if (trimmed === '' || trimmed === '_') return 'file';
  return reservedNames.test(trimmed) ? `_${trimmed}` : trimmed;
}

/**
 * A clean name that a listing shows. Begun with a dot, what a peer sends could become a part of how this user works, as `.ssh` or
 * `.bash_profile` where files go into the home folder.
 */
export function shownFileName(name: string): string {
  return cleanName(name).replace(/^\.+/, '_');
}

/** The parts of a relative path, each cleaned. Nothing for one that leads out of its folder, is empty, or too deep. */
export function cleanPath(path: string): string[] | undefined {
  const parts = path.split('/');
  const isSafe = parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part));
  if (!isSafe || parts.length > maxDepth || /^[a-z]:/i.test(path)) return undefined;
  return parts.map(cleanName);
}

/** Keeps the ending, by which programs know what it is. */
function shortened(name: string): string {
  if (utf8(name).length <= maxBytes) return name;
  const ending = /\.[^.]{1,16}$/.exec(name)?.[0] ?? '';
  let kept = Array.from(name.slice(0, name.length - ending.length));
  while (kept.length > 1 && utf8(kept.join('')).length + utf8(ending).length > maxBytes) {
    kept = kept.slice(0, Math.max(1, kept.length - Math.ceil(kept.length / 10)));
  }
  return `${kept.join('')}${ending}`.replace(/[. ]+$/, '');
}
