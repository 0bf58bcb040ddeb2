/** What a command ends with. */
export type ExitCode = 0 | 1 | 2 | 3;

export const exitCodesHelp = `
Ends with
  0  what was asked for was done, and nothing is wrong
  1  something is wrong: with the cluster (status), the ledger (ledger check), the settings (config check),
     or no such node is there (drain)
  2  it was called wrongly
  3  Redis cannot be asked, a shard could not be counted exactly, or the answer could not be written
`;

/** A mistake in how relayctl was called; its message is one sentence. */
export class CalledWrongly extends Error {
  override readonly name = 'CalledWrongly';
}
