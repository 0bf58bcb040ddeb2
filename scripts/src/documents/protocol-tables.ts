/** The tables of RESPONSES.md, from those that the code goes by. */
import { closeCodes, errorCodes, errorTable, type Retry } from '@openrelay/protocol';

const advice: Readonly<Record<Retry, string>> = {
  no: 'nothing',
  mended: 'mend the message first',
  later: 'send it again later',
};

export function errorMarkdownTable(): string {
  const rows = errorCodes.map((code) => `| ${code} | ${errorTable[code].when} | ${advice[errorTable[code].retry]} |`);
  return ['| code | when | what the device does |', '|---|---|---|', ...rows].join('\n');
}

export function closeCodeMarkdownTable(): string {
  const rows = Object.values(closeCodes).map(({ code, when, device }) => `| ${code} | ${when} | ${device} |`);
  return ['| code | when | what the device does |', '|---|---|---|', ...rows].join('\n');
}
