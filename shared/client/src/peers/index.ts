/** Who this device is, and whom it trusts. */
export { contactTag } from './contact-tag';
export { deviceNameFault } from './device-name';
export { directionMarks, hiddenCharacters } from './hidden-characters';
export { type Identity, type IdentityOptions, loadIdentity, renameIdentity } from './identity';
export { type IdentityRecord, identityRecordOf, readIdentityRecord, writeIdentityRecord } from './identity-record';
export { mayIntroduceOncePaired, type Peer, type PeerKind, shownName } from './peer';
export { maxPeers, PeerKept, Peers, PeersFull } from './peers';
export { StoreDamaged } from './store-damaged';
