"""One connection to a relay: a WebSocket of RFC 6455 by hand, with the JSON frames of RESPONSES.md."""
import json
import os
import socket
import ssl
import time
import urllib.parse

from crypto import b64, nul, unb64

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Refused(Exception):
    """The relay answered with an Error."""


def register_statement(device_id, host, nonce, public):
    return nul('openrelay-register-v1', device_id.upper(), host, nonce + public)


class Relay:
    def __init__(self, url, timeout=60):
        at = urllib.parse.urlsplit(url)
        usual = {'ws': 80, 'wss': 443}[at.scheme]
        self.host = at.hostname if at.port in (None, usual) else f'{at.hostname}:{at.port}'
        self.socket = socket.create_connection((at.hostname, at.port or usual), timeout)
        if at.scheme == 'wss':
            self.socket = ssl.create_default_context().wrap_socket(self.socket, server_hostname=at.hostname)
        self.stream, self.kept = self.socket.makefile('rb'), []
        head = (f'GET {at.path} HTTP/1.1', f'Host: {self.host}', 'Upgrade: websocket', 'Connection: Upgrade',
                'Sec-WebSocket-Version: 13', f'Sec-WebSocket-Key: {b64(os.urandom(16))}', '', '')
        self.socket.sendall('\r\n'.join(head).encode())
        status = self.stream.readline().decode()
        if ' 101 ' not in status:
            raise SystemExit(f'{url} could not be reached: {status.strip()}')
        while self.stream.readline().strip():
            pass

    def write(self, opcode, data):
        size, mask = len(data), os.urandom(4)
        length = bytes([0x80 | size]) if size < 126 else b'\xfe' + size.to_bytes(2, 'big')
        if size > 0xFFFF:
            length = b'\xff' + size.to_bytes(8, 'big')
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
        self.socket.sendall(bytes([0x80 | opcode]) + length + mask + masked)

    def send(self, kind, **payload):
        self.write(TEXT, json.dumps({'type': kind, 'payload': payload}).encode())

    def to_peer(self, kind, recipient, **fields):
        self.send(kind, recipient_id=recipient, hardware_id=self.device_id, **fields)

    def read(self):
        """Type and payload of the next frame. Raises Refused for an Error."""
        return self.kept.pop(0) if self.kept else self.next()

    def next(self):
        message = b''
        while True:
            first, second = self.stream.read(2)
            size = second & 0x7F
            if size > 125:
                size = int.from_bytes(self.stream.read(2 if size == 126 else 8), 'big')
            data = self.stream.read(size)
            if first & 15 == CLOSE:
                raise SystemExit(f'The relay closed the connection: {int.from_bytes(data[:2], "big")}')
            if first & 15 == PING:
                self.write(PONG, data)
            elif first & 15 < CLOSE:
                message += data
                if first & 0x80:
                    break
        frame = json.loads(message)
        if frame['type'] == 'Error':
            raise Refused(frame['payload'])
        return frame['type'], frame['payload']

    def expect(self, wanted):
        """The payload of the next frame of this type; `read` gives those before it."""
        for _ in range(100):
            kind, payload = self.next()
            if kind == wanted:
                return payload
            self.kept.append((kind, payload))
        raise SystemExit(f'No {wanted} came.')

    def register(self, own):
        """Binds the id to the device's own key, or shows that it has it."""
        self.device_id, public = own.id, own.signing.public
        self.send('Register', hardware_id=own.id, acks=True, public_key=b64(public))
        nonce = unb64(self.expect('Challenge')['nonce'])
        self.send('Prove', signature=b64(own.signing.sign(register_statement(own.id, self.host, nonce, public))))
        self.expect('RegisterResponse')

    def post(self, recipient, message_id, sealed):
        """The relay's Ack. The same id again is stored once."""
        text = b64(sealed)
        self.to_peer('Send', recipient, sender_id=self.device_id, encrypted_data=text, message_id=message_id,
                     timestamp=int(time.time()), ttl=300, content_type='Other', size_bytes=len(text))
        return self.expect('Ack')
