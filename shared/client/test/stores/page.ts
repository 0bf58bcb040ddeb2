/** Runs in a browser's page: the cases of `store-cases.ts` over its database. */
import { IndexedDbStore } from '../../src/index';
import { lastingCases, storeCases } from './store-cases';

const cases = { ...storeCases, ...lastingCases };
let opened: IndexedDbStore | undefined;

async function open(): Promise<IndexedDbStore> {
  opened?.close();
  opened = await IndexedDbStore.open('test');
  return opened;
}

Object.assign(globalThis, {
  runStoreCase: (name: string) => cases[name]!(open),
});
