/** Where a device keeps what must outlive the process: a port, and the stores that run anywhere. */
export { IndexedDbStore } from './indexed-db-store';
export { MemoryStore } from './memory-store';
export { type Changes, checkKey, type Store } from './store';
