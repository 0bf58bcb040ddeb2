import { claimVectors, contactTagVectors, identityVectors, pairingCodeVectors } from './device-vectors';
import { frameVectors } from './frame-vectors';
import { pairingVectors } from './pairing-vectors';
import { rotationVectors, sessionVectors, transferVectors } from './session-vectors';
import { windowsAppVectors } from './windows-app-vectors';

/** What each file of `shared/protocol/vectors` is made by, and compared with. */
export const allVectors: Readonly<Record<string, () => Promise<object>>> = {
  frames: frameVectors,
  claims: claimVectors,
  'contact-tags': contactTagVectors,
  'identity-records': identityVectors,
  'pairing-codes': pairingCodeVectors,
  'pairing-by-code': () => pairingVectors('code'),
  'pairing-by-digits': () => pairingVectors('digits'),
  sessions: sessionVectors,
  rotation: rotationVectors,
  transfers: transferVectors,
  'windows-app': windowsAppVectors,
};
