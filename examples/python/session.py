"""Messages that are sealed for one peer (DEVICES.md, Sealed messages and Rotation)."""
import json
import os
import uuid

from crypto import agree, b64, hkdf, nul, open_box, public_of, seal, u32, u64, unb64

KINDS = {'message': 1, 'transfer': 2, 'introduction': 3, 'control': 4}
NO_MESSAGE = str(uuid.UUID(int=0))


def write_content(head, body=b''):
    text = json.dumps(head, separators=(',', ':'), ensure_ascii=False).encode()
    return u32(len(text)) + text + body


def read_content(plain):
    end = 4 + int.from_bytes(plain[:4], 'big')
    return json.loads(plain[4:end]), plain[end:]


def rotated_root(root, key_id, agreed):
    return hkdf(root + agreed, b'', nul('openrelay-rotate-v1', u64(key_id)))


class Session:
    """Sealed messages with one peer. It answers rotations; who starts them is the peer."""

    def __init__(self, own, peer, root):
        self.own, self.peer, self.roots, self.key_id = own, peer, {1: root}, 1
        self.sent, self.received, self.answered = {}, {}, {}

    def key(self, key_id, sender, recipient):
        return hkdf(self.roots[key_id], b'', nul('openrelay-direction-v1', sender, recipient, u64(key_id)))

    def seal(self, kind, head, body, message_id, nonce=None, counter=None, key_id=None):
        key_id = key_id or self.key_id
        if counter is None:
            counter = self.sent[key_id] = self.sent.get(key_id, 0) + 1
        bound = bytes([1, KINDS[kind]]) + u64(key_id) + u64(counter)
        associated = nul('openrelay-message-v1', self.own.id, self.peer['id'], message_id, bound)
        key = self.key(key_id, self.own.id, self.peer['id'])
        return bound + seal(key, nonce or os.urandom(12), write_content(head, body), associated)

    def open(self, data, message_id):
        """Head and body, each once. Raises for what was altered, repeated, or is for somebody else."""
        bound, key_id, counter = data[:18], int.from_bytes(data[2:10], 'big'), int.from_bytes(data[10:18], 'big')
        associated = nul('openrelay-message-v1', self.peer['id'], self.own.id, message_id.lower(), bound)
        plain = open_box(self.key(key_id, self.peer['id'], self.own.id), data[18:], associated)
        if message_id != NO_MESSAGE:
            if counter <= self.received.get(key_id, 0):
                raise ValueError('A message bears a number that was used before.')
            self.received[key_id] = counter
        return read_content(plain)

    def answer(self, update, secret=None, nonce=None):
        """Reads KeyRotationUpdate, gives the payload of KeyRotationAck; the same update gets the same answer."""
        text, key_id = update['encrypted_key_package'], int(update['key_id'])
        if text not in self.answered:
            head, _ = self.open(unb64(text), NO_MESSAGE)
            secret, theirs = secret or os.urandom(32), unb64(head['ephemeral'])
            # In the order of the starter: both fresh keys, its identity key, the answerer's.
            agreed = agree(secret, theirs) + agree(secret, self.peer['agreement']) + agree(self.own.agreement, theirs)
            self.roots[key_id] = rotated_root(self.roots[key_id - 1], key_id, agreed)
            said = {'t': 'rotated', 'key_id': str(key_id), 'ephemeral': b64(public_of(secret)), 'to': b64(theirs)}
            self.answered = {text: b64(self.seal('control', said, b'', NO_MESSAGE, nonce, 0, key_id - 1))}
        return {'key_id': key_id, 'success': True, 'encrypted_key_package': self.answered[text]}
