/** `npm run test:abuse`: a relay under every attack that is known, and what each of them gets. */
import { exitCodes, numberOption, parseOptions, runCommand, UsageError } from '@openrelay/launch';
import { type AbuseOptions, runAttacks } from './abuse/abuse-run';
import { attacks } from './abuse/attacks';
import { faultsOf, missesOf } from './abuse/figures';
import { document, table } from './abuse/report';

const help = `Usage: npm run test:abuse [-- [--attack NAME]... [--seconds N] [--json]]

Starts two edges, a janitor, ops and a Redis of its own on this machine, for each attack anew, and lets well-behaved devices write
to each other before, during and after it. Prints a table: what the attacker got, and what the others noticed.

  --attack NAME   this attack alone; may be given again
  --seconds N     how long each attack lasts (default 10); a whole run takes about 25 s an attack then
  --json          a document in place of the table

Attackers are processes of their own at the lowest priority (nice 19), since they share the machine with the relay. The attacks:
${attacks.map(({ name, summary }) => `  ${name.padEnd(24)}${summary}`).join('\n')}

Ends with 0 when every figure was reached, with 1 when one was not, with 2 when it was called wrongly.
Ctrl-C ends it with all that it started.`;

type Options = AbuseOptions & { readonly form: 'table' | 'document' };

function readOptions(args: readonly string[]): Options {
  const options = {
    attack: { type: 'string', multiple: true },
    seconds: { type: 'string' },
    json: { type: 'boolean' },
  } as const;
  const { attack: names, seconds = '10', json = false } = parseOptions({ args, options }).values;
  const unknown = names?.find((name) => !attacks.some((attack) => attack.name === name));
  if (unknown !== undefined) throw new UsageError(`--attack names "${unknown}", which is no attack.`);
  return {
    attacks: attacks.filter(({ name }) => names === undefined || names.includes(name)),
    seconds: numberOption('seconds', seconds, { least: 1, most: 600 }),
    form: json ? 'document' : 'table',
  };
}

async function run(args: readonly string[], stopping: AbortSignal): Promise<number> {
  const { form, ...options } = readOptions(args);
  const report = await runAttacks(options, stopping, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`${form === 'document' ? document(report) : table(report)}\n`);
  const reached = report.outcomes.every((outcome) => faultsOf(outcome).length + missesOf(outcome).length === 0);
  return reached ? exitCodes.fine : exitCodes.failed;
}

void runCommand({ title: 'test:abuse', help, run });
