// Writes to the store in the folder that it is told, and says what it has written: `kill` without end, `fill` until it takes no more.
const { FileStore } = require('../dist/index.js');

const [, , folder, how] = process.argv;
const numbered = (count, size) => Buffer.concat([Buffer.from(`${count};`), Buffer.alloc(size, count % 251)]);

async function main() {
  const store = await FileStore.open(folder);
  const before = await store.get('first');
  let count =
    before === undefined
      ? 0
      : Number.parseInt(
          before
            .toString()
            .split(',')
            .map((code) => String.fromCharCode(code))
            .join(''),
          10,
        );
  for (;;) {
    count += 1;
    const size = how === 'kill' ? (count * 7919) % 30_000 : 8_000;
    try {
      await store.write(
        new Map([
          ['first', numbered(count, size)],
          ['second', numbered(count, 10)],
          [`each.${count % 50}`, numbered(count, size)],
        ]),
      );
    } catch (error) {
      console.log(`refused ${error.message}`);
      console.log(`kept ${(await store.get('second')).toString()}`);
      await store.close();
      return;
    }
    console.log(`wrote ${count}`);
  }
}

void main();
