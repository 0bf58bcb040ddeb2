import { resolve } from 'node:path';

/** The same from `src` and from `dist`. */
export const repositoryRoot = resolve(__dirname, '../../../..');
