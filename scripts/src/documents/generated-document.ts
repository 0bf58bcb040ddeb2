export type GeneratedDocument = {
  /** From the repository's root. */
  readonly path: string;
  /** For a part of a document that is otherwise written by hand: the name in `<!-- generated:NAME -->` … `<!-- /generated -->`. */
  readonly section?: string;
  readonly contents: () => string;
};

/** The file as it should be. Throws a sentence when it lacks the markers of the section. */
export function generate({ path, section, contents }: GeneratedDocument, present: string | undefined): string {
  if (section === undefined) return contents();
  const start = `<!-- generated:${section} -->`;
  const end = '<!-- /generated -->';
  const from = present?.indexOf(start) ?? -1;
  const to = from < 0 ? -1 : present!.indexOf(end, from);
  if (present === undefined || to < 0) throw new Error(`${path} must have the lines ${start} and ${end}.`);
  return `${present.slice(0, from + start.length)}\n${contents().trim()}\n${present.slice(to)}`;
}
