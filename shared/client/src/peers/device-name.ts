const maxCharacters = 64;

/**
 * Controls, line ends, what turns the direction of text, and what has no width: with these a name could look like another. The
 * joiners of emoji and Persian (U+200C, U+200D) may be there.
 */
const hiddenCharacters = /[\p{Cc}\p{Zl}\p{Zp}\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/u;

/** Why a text is no name of a device, as a sentence; nothing when it is one. Characters are Unicode's code points. */
export function deviceNameFault(name: string): string | undefined {
  const { length } = Array.from(name);
  if (length < 1 || length > maxCharacters)
    return `A device's name has 1 to ${maxCharacters} characters, not ${length}.`;
  if (!name.isWellFormed() || hiddenCharacters.test(name))
    return "A device's name has no hidden or control characters.";
  return undefined;
}
