/** Two devices come to trust each other over a relay that neither trusts: by a code, or by six digits that both show. */
export type { PairedSecrets } from './paired-secrets';
export type {
  AuthFrame,
  AuthType,
  OpenTemporaryLink,
  PairingLink,
  PairingListener,
  TemporaryLink,
} from './pairing-link';
