"""Who this device is, and how two come to trust each other (DEVICES.md, Identity records and Pairing)."""
import json
import os

from crypto import (SigningKey, agree, b64, compact, digest, hkdf, hmac_sha256, nul, number, public_of, seal, unb64, unseal,
                    verify)


def signed_record(device_id, name, signing, agreement):
    return nul('openrelay-identity-v1', device_id, name, signing + agreement)


class Identity:
    def __init__(self, name, device_id=None, signing=None, agreement=None):
        self.name, self.id = name, device_id or os.urandom(32).hex().upper()
        self.signing, self.agreement = SigningKey(signing or os.urandom(32)), agreement or os.urandom(32)
        keys = self.signing.public, public_of(self.agreement)
        proof = self.signing.sign(signed_record(self.id, name, *keys))
        self.record = compact({'v': 1, 'id': self.id, 'name': name, 'signing': b64(keys[0]), 'agreement': b64(keys[1]),
                               'proof': b64(proof)})


def read_record(record):
    told = json.loads(record)
    keys = {name: unb64(told[name]) for name in ('signing', 'agreement')}
    verify(keys['signing'], signed_record(told['id'], told['name'], *keys.values()), unb64(told['proof']))
    return {'id': told['id'], 'name': told['name'], **keys}


def register_statement(device_id, host, nonce, public):
    return nul('openrelay-register-v1', device_id.upper(), host, nonce + public)


def temporary_id(code):
    return digest(nul('openrelay-rendezvous-v1', code.split('-')[0])).hex().upper()


class Joiner:
    """The side of a pairing that begins. `draw(n)` gives n random bytes."""

    def __init__(self, own, exchange, draw=os.urandom):
        self.own, self.exchange, self.ephemeral, self.nonce, self.draw = own, exchange, draw(32), draw(32), draw
        self.shown = own.record, public_of(self.ephemeral)
        self.commitment = digest(nul('openrelay-commitment-v1', self.nonce + b''.join(self.shown)))

    def request(self, mode):
        return {'public_key': b64(self.exchange.share), 'challenge': b64(self.commitment), 'mode': mode, 'v': 1}

    def verify(self, response):
        """Reads AuthResponse, gives the payload of AuthVerify. Raises when the code is wrong or somebody lied."""
        said, size, share = unb64(response['challenge_response']), self.exchange.share_bytes, self.exchange.share
        theirs, nonce = said[:size], said[size:size + 32]
        secret, confirmation, expected = self.exchange.finish(theirs)
        if said[size + 32:] != expected:
            raise SystemExit('The words of the code were wrong, and a code has one try.')
        self.key = hkdf(secret, b'', b'openrelay-pairing-key-v1')
        box_key, self.auth_key = (hkdf(self.key, b'', b'openrelay-pair-%s-v1' % use) for use in (b'box', b'auth'))
        box = json.loads(unseal(box_key, unb64(response['challenge']), b'H'))
        record, self.theirs = box['record'].encode(), unb64(box['ephemeral'])
        self.peer, context = read_record(record), share + theirs + nonce + self.commitment
        verify(self.peer['signing'], nul('openrelay-pairing-v1', 'H', context + digest(record) + self.theirs),
               unb64(box['signature']))
        fields = (share, self.commitment, theirs, nonce, record, self.theirs, self.nonce, *self.shown)
        self.transcript = b''.join(number(len(field), 4) + field for field in fields)
        signed = nul('openrelay-pairing-v1', 'J', context + digest(self.shown[0]) + self.shown[1])
        plain = compact({'record': self.shown[0].decode(), 'ephemeral': b64(self.shown[1]),
                         'signature': b64(self.own.signing.sign(signed))})
        return {'challenge_response': b64(confirmation + self.nonce + seal(box_key, self.draw(12), plain, b'J'))}

    def proof(self, role='J', word=b'\1'):
        return b64(hmac_sha256(self.auth_key, role.encode() + digest(self.transcript) + word))

    def root(self):
        return paired_root(self.own.agreement, self.ephemeral, self.peer['agreement'], self.theirs, self.key,
                           digest(self.transcript))


def paired_root(own, ephemeral, theirs, their_ephemeral, pairing_key, transcript_hash):
    agreed = agree(own, their_ephemeral) + agree(ephemeral, theirs) + agree(ephemeral, their_ephemeral) + agree(own, theirs)
    return hkdf(agreed + pairing_key, transcript_hash, b'openrelay-root-v1')
