/** Why a pairing came to nothing; each with the sentence that its user is told. None of them leaves anything changed. */
const sentences = {
  'wrong-code': 'The words of the code were wrong, and a code has one try: make a new one and read it carefully.',
  'code-used': 'This code was tried already, and it has one try: make a new one.',
  'no-such-code': 'No device waits under this code: it is mistyped, was tried already, or is older than five minutes.',
  expired: 'The pairing was not finished in time: begin again on both devices.',
  'not-connected': 'The other device is not connected to this relay: start it there and try again.',
  'not-waiting': 'The other device does not take part in a pairing now: begin the pairing there, too.',
  busy: 'The other device is in the middle of another pairing: try again when that is done.',
  refused: 'The other device, or the relay in its name, refused the pairing.',
  declined: 'The pairing was refused on this device.',
  'digits-differ':
    'The digits were not the same: somebody is between the two devices, perhaps the relay. Nothing was shared; do not trust this relay, or pair with a code.',
  'other-version': 'The other device speaks another version of pairing: update the older one of the two.',
  tampered:
    'What came from the other device was altered on its way, or comes from another one: the relay may be lying. Nothing was shared; try again, and with another relay if this comes again.',
  itself: 'This is the same device: make the code on one device and enter it on the other.',
  'keys-kept': 'This device is already paired with the other one under other keys, and these were kept.',
  lost: 'The connection to the relay was lost in the middle of the pairing: begin again on both devices.',
  left: 'The other device went away in the middle of the pairing: begin again on both devices.',
  'number-taken': 'Another device has taken the number of this code: make a new one.',
  'no-number':
    'Every number that was tried for a code is taken at this relay: try again, or pair by the id of a device and six digits.',
  'relay-refused': 'The relay refused what pairing asked of it: wait a minute and try again.',
  cancelled: 'The pairing was cancelled.',
  'busy-here': 'This device is in the middle of another pairing: finish or cancel that one first.',
  'unreadable-code': 'A code is a number and two words, such as 7-crossover-clockwork.',
  'unreadable-id': 'The id of a device has 64 hex digits: copy it whole from the other device.',
} as const;

export type PairingFailure = keyof typeof sentences;

/** The message is for the user. */
export class PairingError extends Error {
  override readonly name = 'PairingError';

  constructor(
    readonly code: PairingFailure,
    sentence: string = sentences[code],
  ) {
    super(sentence);
  }
}

/** What the other side is told, and may believe only so far as it believes the relay. */
const told: readonly PairingFailure[] = ['wrong-code', 'code-used', 'busy', 'not-waiting', 'other-version', 'expired'];

export function toldReason(failure: PairingFailure): PairingFailure {
  return told.includes(failure) ? failure : 'refused';
}

export function readReason(value: unknown): PairingFailure {
  return told.find((failure) => failure === value) ?? 'refused';
}
