/** What a command ends with; 130 is a shell's own number for Ctrl-C. */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

export const exitCodesHelp = `
Ends with
  0    what was asked for was done
  1    it was not: refused, wrong, or no such device (doctor: something is wrong)
  2    it was called wrongly
  3    the relay can't be reached, or this machine can't do it: store, disk, agent; what was kept to be sent stays so
  130  it was interrupted
`;
