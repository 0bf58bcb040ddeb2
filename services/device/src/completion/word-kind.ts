/** What may stand at a place of the command line. */
export type WordKind =
  | 'peer'
  | 'peers'
  | 'code'
  | 'file'
  | 'folder'
  | 'anything'
  | { readonly oneOf: readonly string[] };

const anything: readonly WordKind[] = ['anything'];

/** By what a command's help calls an argument, or the value of an option. */
const kinds: Readonly<Record<string, readonly WordKind[]>> = {
  /* biome-ignore-start lint/style/useNamingConvention: as the help writes them */
  PEER: ['peer'],
  PEERS: ['peers'],
  A: ['peer'],
  B: ['peer'],
  PEER_OR_NAME: ['peer'],
  NAME: anything,
  'CODE|ID': ['code'],
  ID: anything,
  WHAT: ['file'],
  SHELL: [{ oneOf: ['bash', 'zsh', 'fish'] }],
  /* biome-ignore-end lint/style/useNamingConvention: as the help writes them */
  peer: ['peer'],
  rule: [{ oneOf: ['all', 'ask', 'none'] }],
  offer: [{ oneOf: ['all'] }],
  folder: ['folder'],
  file: ['file'],
  url: anything,
  number: anything,
  text: anything,
};

/** Nothing for a name that this table should have and has not, with or without `...`; `on|off` says by itself what it is. */
export function kindsOf(name: string): readonly WordKind[] | undefined {
  const one = name.replace(/\.\.\.$/, '');
  if (Object.hasOwn(kinds, one)) return kinds[one];
  const words = one.split('|');
  return words.length > 1 ? [{ oneOf: words }] : undefined;
}
