#!/usr/bin/env python3
"""A device of OpenRelay, written from DEVICES.md: it pairs by a code, sends a text, and waits for the answer.

  device.py --vectors                         compares itself with shared/protocol/vectors
  device.py ws://HOST:PORT/relay CODE TEXT    CODE as the other device shows it, such as 7-crossover-clockwork

Needs Python 3.9 and python3-cryptography. It keeps nothing: a real device keeps its identity, its peers and its counters.
"""
import sys
import time
import uuid

from crypto import unb64
from pairing import Identity, Joiner, temporary_id
from relay import Refused, Relay
from session import Session
from spake2 import Spake2


class Device:
    def __init__(self, url, name='Python'):
        self.own, self.relay = Identity(name), Relay(url)
        self.relay.register(self.own)

    def pair(self, code):
        number, *words = code.strip().lower().split('-')
        host = temporary_id(number)
        pairing = Joiner(self.own, Spake2('A', number, words, self.own.id, host))
        self.relay.to_peer('AuthRequest', host, **pairing.request('code'))
        answer = self.relay.expect('AuthResponse')
        self.relay.to_peer('AuthVerify', host, **pairing.verify(answer))
        self.relay.to_peer('AuthSuccess', host, trusted=True, proof=pairing.proof(), v=1)
        if self.relay.expect('AuthSuccess').get('proof') != pairing.proof('H'):
            raise ValueError('The other device did not say that it trusts this one.')
        self.session = Session(self.own, pairing.peer, pairing.root())
        return pairing.peer['name']

    def send(self, kind, head, body=b''):
        message_id = str(uuid.uuid4())
        sealed = self.session.seal(kind, head, body, message_id)
        for _ in range(20):  # the same bytes under the same id, so a repeat does no harm
            try:
                return self.relay.post(self.session.peer['id'], message_id, sealed)
            except Refused:  # the other device is yet to tell the relay that it takes messages from this one
                time.sleep(0.5)
        raise SystemExit('The relay does not take the message.')

    def receive(self):
        """The next text. Answers rotations, and says under which key it seals from then on."""
        while True:
            kind, frame = self.relay.read()
            if kind == 'KeyRotationUpdate':
                self.relay.to_peer('KeyRotationAck', self.session.peer['id'], **self.session.answer(frame))
            if kind != 'Receive' or frame['sender_id'].upper() != self.session.peer['id']:
                continue
            data = unb64(frame['encrypted_data'])
            head, body = self.session.open(data, frame['message_id'])
            self.relay.send('Ack', message_id=frame['message_id'])
            before, heard = self.session.key_id, int.from_bytes(data[2:10], 'big')
            if heard > before:
                self.session.key_id = heard
                sent = self.session.sent.get(before, 0)
                self.send('control', {'t': 'confirmed', 'key_id': str(heard), 'sent': sent})
            if head['t'] == 'text':
                return body.decode()


if __name__ == '__main__':
    if sys.argv[1:] == ['--vectors']:
        from vectors import check_all
        check_all()
    elif len(sys.argv) != 4:
        sys.exit(__doc__)
    else:
        device = Device(sys.argv[1])
        print('paired with', device.pair(sys.argv[2]), flush=True)
        device.send('message', {'t': 'text'}, sys.argv[3].encode())
        print('received', device.receive(), flush=True)
