/** `node replay.js TARGET`: the inputs of the corpus once more, one after the other. Ends with 1, and tells the input, when one breaks something. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { corpusFolder } from './run-fuzzer';

async function replay(target: string): Promise<void> {
  const { fuzz } = (await import(join(__dirname, `${target}.js`))) as {
    fuzz: (bytes: Buffer) => void | Promise<void>;
  };
  const folder = join(corpusFolder, target);
  const names = readdirSync(folder);
  for (const name of names) {
    try {
      await fuzz(readFileSync(join(folder, name)));
    } catch (error) {
      throw new Error(`${join(folder, name)} breaks ${target}.`, { cause: error });
    }
  }
  process.stdout.write(`${names.length} inputs\n`);
}

replay(process.argv[2] ?? '').then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error.stack}\n${error.cause?.stack}\n`);
    process.exit(1);
  },
);
