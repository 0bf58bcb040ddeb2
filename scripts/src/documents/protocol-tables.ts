/** The tables of RESPONSES.md, from those that the code goes by. */
import { closeCodes, errorTable, type Remedy } from '@openrelay/protocol';

const advice: Readonly<Record<Remedy, string>> = {
  nothing: 'nothing',
  register: 'register first',
  prove: 'register again, and prove its key',
  correct: 'correct the message first',
  later: 'send it again later',
  'same id': 'send it again under the same `message_id`, which is stored once',
};

export function errorMarkdownTable(): string {
  const rows = Object.values(errorTable).map(({ code, when, remedy }) => `| ${code} | ${when} | ${advice[remedy]} |`);
  return ['| code | when | what the device does |', '|---|---|---|', ...rows].join('\n');
}

export function closeCodeMarkdownTable(): string {
  const rows = Object.values(closeCodes).map(({ code, when, device }) => `| ${code} | ${when} | ${device} |`);
  return ['| code | when | what the device does |', '|---|---|---|', ...rows].join('\n');
}
