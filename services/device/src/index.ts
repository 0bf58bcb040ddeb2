/** A person's machine as a device. */
export * from './clipboard/index';
export { FileStore } from './stores/file-store';
export { StoreError } from './stores/store-error';
