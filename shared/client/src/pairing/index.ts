/** Two devices come to trust each other over a relay that neither trusts: by a code, or by six digits that both show. */
export { countdownText } from './countdown-text';
export { type AgreedKeys, codeKeyExchange, digitsKeyExchange, type KeyExchange } from './key-exchange';
export type { OpeningOptions } from './opening';
export type { PairedSecrets } from './paired-secrets';
export { Pairing } from './pairing';
export {
  codeText,
  completeCode,
  type PairingCode,
  passwordOfCode,
  randomWords,
  readCode,
  rendezvousId,
  rendezvousKey,
} from './pairing-code';
export { PairingError, type PairingFailure } from './pairing-error';
export { PairingExchange, type PairingOutput } from './pairing-exchange';
export type {
  AuthFrame,
  AuthType,
  OpenTemporaryLink,
  PairingLink,
  PairingListener,
  TemporaryLink,
} from './pairing-link';
export { pairingLinkOf, temporaryLinksTo } from './pairing-links';
export type { HostedCode, PairingAnswers, PairingCallOptions, PairingParts, PairingTimes } from './pairing-parts';
export type { AskUser, PairingAnswer, PairingQuestion } from './pairing-question';
export type { PairingMode, PairingRole } from './pairing-role';
export { type PairingUri, pairingUri, readPairingUri } from './pairing-uri';
