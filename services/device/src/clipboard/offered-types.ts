/** With which KDE's and other password managers mark what they put into the clipboard, on X11 and on Wayland. */
const concealedHint = 'x-kde-passwordManagerHint';

const textTypes = ['text/plain;charset=utf-8', 'UTF8_STRING', 'text/plain', 'TEXT', 'STRING'];
const imageType = 'image/png';
/** Files are offered as text too: their paths, which are of no use elsewhere. */
const fileTypes = ['text/uri-list', 'x-special/gnome-copied-files'];

export type ChosenType =
  | { readonly is: 'text' | 'image'; readonly type: string }
  | { readonly is: 'nothing'; readonly why: 'empty' | 'concealed' | 'other' };

/** Which of the types that an application offers is read. A browser offers a copied image's address as text, too: the image wins. */
export function chosenType(lines: readonly string[]): ChosenType {
  const offered = new Set(lines.map((line) => line.trim()).filter((line) => line !== ''));
  if (offered.has(concealedHint)) return { is: 'nothing', why: 'concealed' };
  if (fileTypes.some((type) => offered.has(type))) return { is: 'nothing', why: 'other' };
  if (offered.has(imageType)) return { is: 'image', type: imageType };
  const type = textTypes.find((name) => offered.has(name));
  if (type !== undefined) return { is: 'text', type };
  return { is: 'nothing', why: offered.size === 0 ? 'empty' : 'other' };
}
