/** What went wrong, for people. */
export function sentenceOf(error: unknown): string {
  const text =
    error instanceof Error && error.message !== '' ? error.message : 'Something went wrong: load the page again';
  return /[.!?”]$/.test(text) ? text : `${text}.`;
}
