import { hiddenCharacters } from './hidden-characters';

const maxCharacters = 64;

const hidden = new RegExp(`[${hiddenCharacters}]`, 'u');

/** Why a text is no name of a device, as a sentence; nothing when it is one. Characters are Unicode's code points. */
export function deviceNameFault(name: string): string | undefined {
  const { length } = Array.from(name);
  if (length < 1 || length > maxCharacters)
    return `A device's name has 1 to ${maxCharacters} characters, not ${length}.`;
  if (!name.isWellFormed() || hidden.test(name)) return "A device's name has no hidden or control characters.";
  return undefined;
}
