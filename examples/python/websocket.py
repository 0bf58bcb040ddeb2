"""A WebSocket of RFC 6455 that carries texts; a library does the same."""
import base64
import os
import socket
import ssl
import urllib.parse

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class WebSocket:
    def __init__(self, url, timeout=60):
        at = urllib.parse.urlsplit(url)
        usual = {'ws': 80, 'wss': 443}[at.scheme]
        self.host = at.hostname if at.port in (None, usual) else f'{at.hostname}:{at.port}'
        self.socket = socket.create_connection((at.hostname, at.port or usual), timeout)
        if at.scheme == 'wss':
            self.socket = ssl.create_default_context().wrap_socket(self.socket, server_hostname=at.hostname)
        self.stream = self.socket.makefile('rb')
        key = base64.b64encode(os.urandom(16)).decode()
        head = (f'GET {at.path} HTTP/1.1', f'Host: {self.host}', 'Upgrade: websocket', 'Connection: Upgrade',
                'Sec-WebSocket-Version: 13', f'Sec-WebSocket-Key: {key}', '', '')
        self.socket.sendall('\r\n'.join(head).encode())
        status = self.stream.readline().decode()
        if ' 101 ' not in status:
            raise SystemExit(f'{url} could not be reached: {status.strip()}')
        while self.stream.readline().strip():
            pass

    def write(self, data, opcode=TEXT):
        size, mask = len(data), os.urandom(4)
        length = bytes([0x80 | size]) if size < 126 else b'\xfe' + size.to_bytes(2, 'big')
        if size > 0xFFFF:
            length = b'\xff' + size.to_bytes(8, 'big')
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
        self.socket.sendall(bytes([0x80 | opcode]) + length + mask + masked)

    def read(self):
        message = b''
        while True:
            first, size = self.stream.read(2) or (0x80 | CLOSE, 0)
            if size > 125:
                size = int.from_bytes(self.stream.read(2 if size == 126 else 8), 'big')
            data = self.stream.read(size)
            if first & 15 == CLOSE:
                raise SystemExit(f'The relay closed the connection: {int.from_bytes(data[:2], "big")}')
            if first & 15 == PING:
                self.write(data, PONG)
            elif first & 15 < CLOSE:
                message += data
                if first & 0x80:
                    return message
