const maxCharacters = 64;

/** Controls, line ends, and what turns the direction of text: with these a name could look like something else. */
const hiddenCharacters = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;

/** Why a text is no name of a device, as a sentence; nothing when it is one. Characters are Unicode's code points. */
export function deviceNameFault(name: string): string | undefined {
  const { length } = Array.from(name);
  if (length < 1 || length > maxCharacters)
    return `A device's name has 1 to ${maxCharacters} characters, not ${length}.`;
  if (!name.isWellFormed() || hiddenCharacters.test(name))
    return "A device's name has no hidden or control characters.";
  return undefined;
}
