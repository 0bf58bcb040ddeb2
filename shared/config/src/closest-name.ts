const prefix = 'RELAY_';
/** With more, one name is not a slip of the other. */
const mostEdits = 3;

/** The known name with the prefix that takes the fewest edits to reach, of few; the same name without its prefix wins over all. */
export function closestName(name: string, known: readonly string[]): string | undefined {
  const bare = name.slice(prefix.length);
  if (known.includes(bare)) return bare;

  let closest: string | undefined;
  let fewest = mostEdits + 1;
  for (const candidate of known.filter((one) => one.startsWith(prefix))) {
    const edits = editDistance(name.slice(0, 64), candidate);
    if (edits >= fewest) continue;
    fewest = edits;
    closest = candidate;
  }
  return closest;
}

/** Levenshtein's distance: letters to insert, delete or replace. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const replaced = previous[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[right.length]!;
}
