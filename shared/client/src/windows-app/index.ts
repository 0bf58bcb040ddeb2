/** The Windows app as a peer: legacy, as the relay can read its pairing's key. */
export type { AskAboutApp, AwaitAppOptions, LegacyQuestion, PairAppOptions } from './app-pairing';
export { LegacyRecords } from './legacy-records';
export { WindowsApp } from './windows-app';
export { legacyNotice, WindowsAppError, type WindowsAppErrorCode } from './windows-app-error';
export type { WindowsAppEvent, WindowsAppParts } from './windows-app-parts';
