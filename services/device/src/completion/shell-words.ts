/** A word as bash has it on its line, without its quotes; one that is not closed yet counts as it is. */
export function unquoted(word: string): string {
  return word.replace(
    /'([^']*)'?|"((?:[^"\\]|\\.)*)"?|\\(.)/gs,
    (_, single, double, escaped) => single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped,
  );
}

/** Bash breaks `--files=ask` into three words: they are one again. */
export function joined(words: readonly string[]): string[] {
  const whole: string[] = [];
  for (const word of words) {
    const before = whole.at(-1);
    const isValue = word === '=' ? /^--[a-z-]+$/.test(before ?? '') : /^--[a-z-]+=$/.test(before ?? '');
    if (isValue) whole.push(`${whole.pop()}${word}`);
    else whole.push(word);
  }
  return whole;
}
