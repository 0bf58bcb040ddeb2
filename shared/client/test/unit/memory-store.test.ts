import { expect, test } from '@jest/globals';
import { MemoryStore } from '../../src/index';
import { storeCases } from '../stores/store-cases';

const store = new MemoryStore();

test.each(Object.keys(storeCases))('a MemoryStore %s', async (name) => {
  await expect(storeCases[name]!(async () => store)).resolves.toBeUndefined();
});
