"""Who this device is, and how two come to trust each other (DEVICES.md, Identity records and Pairing)."""
import json
import os

from crypto import SigningKey, agree, b64, digest, hkdf, hmac_sha256, nul, open_box, public_of, seal, u32, unb64, verify


class Identity:
    def __init__(self, name, device_id=None, signing=None, agreement=None):
        self.name, self.id = name, device_id or os.urandom(32).hex().upper()
        self.signing, self.agreement = SigningKey(signing or os.urandom(32)), agreement or os.urandom(32)

    def record(self):
        """What others learn of this device, as bytes: they are hashed, so nobody may write them anew."""
        signing, agreement = self.signing.public, public_of(self.agreement)
        proof = self.signing.sign(nul('openrelay-identity-v1', self.id, self.name, signing + agreement))
        fields = {'signing': b64(signing), 'agreement': b64(agreement), 'proof': b64(proof)}
        text = json.dumps({'v': 1, 'id': self.id, 'name': self.name, **fields}, separators=(',', ':'), ensure_ascii=False)
        return text.encode()


def read_record(record):
    shown = json.loads(record)
    signing, agreement, proof = (unb64(shown[field]) for field in ('signing', 'agreement', 'proof'))
    verify(signing, nul('openrelay-identity-v1', shown['id'], shown['name'], signing + agreement), proof)
    return {'id': shown['id'], 'name': shown['name'], 'signing': signing, 'agreement': agreement}


def temporary_id(number):
    return digest(nul('openrelay-rendezvous-v1', number)).hex().upper()


class DigitsExchange:
    share_bytes, confirmation_bytes = 32, 0

    def __init__(self, secret):
        self.secret, self.share = secret, public_of(secret)

    def finish(self, theirs):
        return agree(self.secret, theirs), b'', b''


class Joiner:
    """The side of a pairing that begins. `draw(n)` gives n random bytes."""

    def __init__(self, own, exchange, draw=os.urandom):
        self.own, self.exchange, self.draw = own, exchange, draw
        self.ephemeral, self.nonce, self.record = draw(32), draw(32), own.record()
        shown = self.nonce + self.record + public_of(self.ephemeral)
        self.commitment = digest(nul('openrelay-commitment-v1', shown))

    def request(self, mode):
        return {'public_key': b64(self.exchange.share), 'challenge': b64(self.commitment), 'mode': mode, 'v': 1}

    def verify(self, response):
        """Reads AuthResponse, gives the payload of AuthVerify. Raises when the code is wrong or somebody lied."""
        said, size = unb64(response['challenge_response']), self.exchange.share_bytes
        share, nonce, theirs = said[:size], said[size:size + 32], said[size + 32:]
        secret, confirmation, expected = self.exchange.finish(share)
        if theirs != expected:
            raise ValueError('The words of the code were wrong, and a code has one try.')
        self.pairing_key = hkdf(secret, b'', b'openrelay-pairing-key-v1')
        box_key = hkdf(self.pairing_key, b'', b'openrelay-pair-box-v1')
        self.auth_key = hkdf(self.pairing_key, b'', b'openrelay-pair-auth-v1')
        context = self.exchange.share + share + nonce + self.commitment
        box = json.loads(open_box(box_key, unb64(response['challenge']), b'H'))
        record, self.their_ephemeral = box['record'].encode(), unb64(box['ephemeral'])
        self.peer = read_record(record)
        signed = nul('openrelay-pairing-v1', 'H', context + digest(record) + self.their_ephemeral)
        verify(self.peer['signing'], signed, unb64(box['signature']))
        ephemeral = public_of(self.ephemeral)
        fields = (self.exchange.share, self.commitment, share, nonce, record, self.their_ephemeral, self.nonce, self.record,
                  ephemeral)
        transcript = b''.join(u32(len(field)) + field for field in fields)
        self.transcript_hash = digest(transcript)
        number = int.from_bytes(digest(nul('openrelay-digits-v1', transcript))[:8], 'big') % 1_000_000
        self.digits = f'{number // 1000:03} {number % 1000:03}'
        signature = self.own.signing.sign(nul('openrelay-pairing-v1', 'J', context + digest(self.record) + ephemeral))
        content = {'record': self.record.decode(), 'ephemeral': b64(ephemeral), 'signature': b64(signature)}
        plain = json.dumps(content, separators=(',', ':'), ensure_ascii=False).encode()
        return {'challenge_response': b64(confirmation + self.nonce + seal(box_key, self.draw(12), plain, b'J'))}

    def proof(self, role='J', word=b'\1'):
        return b64(hmac_sha256(self.auth_key, role.encode() + self.transcript_hash + word))

    def root(self):
        """The joiner is the initiator of the session."""
        return pairing_root(self.own.agreement, self.ephemeral, self.peer['agreement'], self.their_ephemeral,
                            self.pairing_key, self.transcript_hash)


def pairing_root(own, ephemeral, theirs, their_ephemeral, pairing_key, transcript_hash):
    agreed = agree(own, their_ephemeral) + agree(ephemeral, theirs) + agree(ephemeral, their_ephemeral) + agree(own, theirs)
    return hkdf(agreed + pairing_key, transcript_hash, b'openrelay-root-v1')
