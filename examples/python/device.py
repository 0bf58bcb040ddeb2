#!/usr/bin/env python3
"""A device of OpenRelay, written from DEVICES.md: it pairs by a code, sends a text, follows a rotation of keys, and reads.

  device.py --vectors                         compares itself with shared/protocol/vectors
  device.py ws://HOST:PORT/relay CODE TEXT    CODE as the other device shows it, such as 7-crossover-clockwork

Needs Python 3.9 and python3-cryptography. It keeps nothing: a real device keeps its identity, its peers and its counters.
"""
import json
import os
import sys
import time
import uuid

from crypto import agree, b64, compact, hkdf, nul, number, public_of, seal, unb64, unseal
from pairing import Identity, Joiner, register_statement, temporary_id
from spake2 import Spake2
from websocket import WebSocket

KINDS = {'message': 1, 'control': 4}
NO_MESSAGE = str(uuid.UUID(int=0))


def write_content(head, body=b''):
    return number(len(compact(head)), 4) + compact(head) + body


def read_content(plain):
    end = 4 + int.from_bytes(plain[:4], 'big')
    return json.loads(plain[4:end]), plain[end:]


class Session:
    """Sealed messages with one peer. It answers rotations; who starts them is the peer."""

    def __init__(self, own, peer, roots):
        self.own, self.peer, self.roots, self.key_id = own, peer, roots, 1
        self.sent, self.received, self.answered = {}, {}, {}

    def key(self, key_id, sender, recipient):
        return hkdf(self.roots[key_id], b'', nul('openrelay-direction-v1', sender, recipient, number(key_id, 8)))

    def seal(self, kind, head, body, message_id, nonce=None, counter=None, key_id=None):
        key_id, ids = key_id or self.key_id, (self.own.id, self.peer['id'])
        if counter is None:
            counter = self.sent[key_id] = self.sent.get(key_id, 0) + 1
        bound = bytes([1, KINDS[kind]]) + number(key_id, 8) + number(counter, 8)
        associated = nul('openrelay-message-v1', *ids, message_id, bound)
        return bound + seal(self.key(key_id, *ids), nonce or os.urandom(12), write_content(head, body), associated)

    def open(self, data, message_id):
        """Head and body, each once. Raises for what was altered, repeated, or is for somebody else."""
        bound, key_id, counter = data[:18], int.from_bytes(data[2:10], 'big'), int.from_bytes(data[10:18], 'big')
        ids = self.peer['id'], self.own.id
        associated = nul('openrelay-message-v1', *ids, message_id.lower(), bound)
        plain = unseal(self.key(key_id, *ids), data[18:], associated)
        if message_id != NO_MESSAGE:
            if counter <= self.received.get(key_id, 0):
                raise ValueError('A message bears a number that was used before.')
            self.received[key_id] = counter
        return read_content(plain)

    def answer(self, update, secret=None, nonce=None):
        """Reads KeyRotationUpdate, gives the payload of KeyRotationAck; the same update gets the same answer."""
        text, key_id = update['encrypted_key_package'], int(update['key_id'])
        if text not in self.answered:
            secret, theirs = secret or os.urandom(32), unb64(self.open(unb64(text), NO_MESSAGE)[0]['ephemeral'])
            # In the order of the starter: both fresh keys, its identity key, the answerer's.
            agreed = agree(secret, theirs) + agree(secret, self.peer['agreement']) + agree(self.own.agreement, theirs)
            self.roots[key_id] = hkdf(self.roots[key_id - 1] + agreed, b'', nul('openrelay-rotate-v1', number(key_id, 8)))
            head = {'t': 'rotated', 'key_id': str(key_id), 'ephemeral': b64(public_of(secret)), 'to': b64(theirs)}
            self.answered = {text: b64(self.seal('control', head, b'', NO_MESSAGE, nonce, 0, key_id - 1))}
        return {'key_id': key_id, 'success': True, 'encrypted_key_package': self.answered[text]}


class Device:
    """Speaks with the relay as RESPONSES.md says."""

    def __init__(self, url, name='Python'):
        self.own, self.socket, self.kept = Identity(name), WebSocket(url), []
        public = self.own.signing.public
        self.say('Register', hardware_id=self.own.id, acks=True, public_key=b64(public))
        nonce = unb64(self.expect('Challenge')['nonce'])
        statement = register_statement(self.own.id, self.socket.host, nonce, public)
        self.say('Prove', signature=b64(self.own.signing.sign(statement)))
        self.expect('RegisterResponse')

    def say(self, kind, **payload):
        self.socket.write(json.dumps({'type': kind, 'payload': payload}).encode())

    def to_peer(self, kind, recipient, **fields):
        self.say(kind, recipient_id=recipient, hardware_id=self.own.id, **fields)

    def expect(self, *kinds):
        """The payload of the next frame of one of these types; `receive` reads those before it."""
        while True:
            frame = json.loads(self.socket.read())
            if frame['type'] in kinds:
                return frame['payload']
            if frame['type'] == 'Error':
                raise SystemExit(frame['payload']['message'])
            self.kept.append(frame)

    def pair(self, code):
        host = temporary_id(code)
        pairing = Joiner(self.own, Spake2(code, self.own.id, host))
        self.to_peer('AuthRequest', host, **pairing.request('code'))
        self.to_peer('AuthVerify', host, **pairing.verify(self.expect('AuthResponse')))
        self.to_peer('AuthSuccess', host, trusted=True, proof=pairing.proof(), v=1)
        if self.expect('AuthSuccess').get('proof') != pairing.proof('H'):
            raise SystemExit('The other device did not say that it trusts this one.')
        self.session = Session(self.own, pairing.peer, {1: pairing.root()})
        return pairing.peer['name']

    def send(self, kind, head, body=b''):
        message_id = str(uuid.uuid4())
        text = b64(self.session.seal(kind, head, body, message_id))
        for _ in range(20):  # the same bytes under the same id, so a repeat does no harm
            self.to_peer('Send', self.session.peer['id'], sender_id=self.own.id, encrypted_data=text, message_id=message_id,
                         timestamp=int(time.time()), ttl=300, content_type='Other', size_bytes=len(text))
            if 'code' not in self.expect('Ack', 'Error'):
                return
            time.sleep(0.5)  # the other device is yet to tell the relay that it takes messages from this one
        raise SystemExit('The relay does not take the message.')

    def receive(self):
        """The next text. Answers rotations, and says under which key it seals from then on."""
        while True:
            frame = self.kept.pop(0) if self.kept else json.loads(self.socket.read())
            payload = frame['payload']
            if frame['type'] == 'KeyRotationUpdate':
                self.to_peer('KeyRotationAck', self.session.peer['id'], **self.session.answer(payload))
            if frame['type'] != 'Receive' or payload['sender_id'].upper() != self.session.peer['id']:
                continue
            data, before = unb64(payload['encrypted_data']), self.session.key_id
            head, body = self.session.open(data, payload['message_id'])
            self.say('Ack', message_id=payload['message_id'])
            heard = int.from_bytes(data[2:10], 'big')
            if heard > before:
                self.session.key_id = heard
                self.send('control', {'t': 'confirmed', 'key_id': str(heard), 'sent': self.session.sent.get(before, 0)})
            if head['t'] == 'text':
                return body.decode()


if __name__ == '__main__':
    if sys.argv[1:] == ['--vectors']:
        from vectors import check_all
        check_all()
    elif '--help' in sys.argv or '-h' in sys.argv:
        print(__doc__)
    elif len(sys.argv) != 4:
        print('device.py: give it a relay, a code and a text; --help tells how.', file=sys.stderr)
        sys.exit(2)
    else:
        device = Device(sys.argv[1])
        print('paired with', device.pair(sys.argv[2].strip().lower()), flush=True)
        device.send('message', {'t': 'text'}, sys.argv[3].encode())
        print('received', device.receive(), flush=True)
