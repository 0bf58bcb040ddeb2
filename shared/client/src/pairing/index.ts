/** Two devices come to trust each other over a relay that neither trusts: by a code, or by six digits that both show. */

export {
  codeText,
  completeCode,
  type PairingCode,
  passwordOfCode,
  randomWords,
  readCode,
  rendezvousId,
  rendezvousKey,
} from './code/pairing-code';
export { type PairingUri, pairingUri, readPairingUri } from './code/pairing-uri';
export { countdownText } from './countdown-text';
export { type AgreedKeys, codeKeyExchange, digitsKeyExchange, type KeyExchange } from './exchange/key-exchange';
export type { OpeningOptions } from './exchange/opening';
export type { PairedSecrets } from './exchange/paired-secrets';
export { PairingError, type PairingFailure } from './exchange/pairing-error';
export { PairingExchange, type PairingOutput } from './exchange/pairing-exchange';
export type {
  AuthFrame,
  AuthType,
  OpenTemporaryLink,
  PairingLink,
  PairingListener,
  TemporaryLink,
} from './exchange/pairing-link';
export type { PairingMode, PairingRole } from './exchange/pairing-role';
export { Pairing } from './pairing';
export { pairingLinkOf, temporaryLinksTo } from './pairing-links';
export type { HostedCode, PairingAnswers, PairingCallOptions, PairingParts, PairingTimes } from './pairing-parts';
export type { AskUser, PairingAnswer, PairingQuestion } from './pairing-question';
