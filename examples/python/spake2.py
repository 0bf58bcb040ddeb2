"""SPAKE2 of RFC 9382 on P-256. Python's numbers tell by their time what they compute: for an example, not for a product."""
import os

from crypto import digest, hkdf, hmac_sha256, nul

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BASE = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def add(one, other):
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, P) if one == other else (y2 - y1) * pow(x2 - x1, -1, P)
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def times(point, scalar):
    result = None
    for bit in bin(scalar % ORDER)[2:]:
        result = add(result, result)
        if bit == '1':
            result = add(result, point)
    return result


def square(x):
    return (x**3 - 3 * x + B) % P


def unpack(hex_text):
    """A compressed point."""
    x, odd = int(hex_text[2:], 16), hex_text[:2] == '03'
    y = pow(square(x), (P + 1) // 4, P)
    return x, y if y % 2 == odd else P - y


def encode(point):
    return b'\4' + point[0].to_bytes(32, 'big') + point[1].to_bytes(32, 'big')


def decode(share):
    x, y = int.from_bytes(share[1:33], 'big'), int.from_bytes(share[33:], 'big')
    if len(share) != 65 or share[0] != 4 or max(x, y) >= P or y * y % P != square(x):
        raise ValueError('The share of the other device is no point of the curve.')
    return x, y


BLINDS = {'A': unpack('02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f'),
          'B': unpack('03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49')}


def password_of(number, words):
    secret = digest(nul('openrelay-code-v1', number, '-'.join(words)))
    return int.from_bytes(hkdf(secret, b'', b'', 48), 'big') % ORDER


class Spake2:
    """One side of a pairing by code: A is the joiner, B the host."""
    share_bytes, confirmation_bytes = 65, 32

    def __init__(self, side, number, words, joiner_id, host_id, seed=None):
        self.side, self.ids, self.password = side, (joiner_id, host_id), password_of(number, words)
        self.secret = int.from_bytes(seed or os.urandom(48), 'big') % ORDER
        self.share = encode(add(times(BASE, self.secret), times(BLINDS[side], self.password)))

    def finish(self, theirs):
        """The key, our confirmation, and the one that the other side must send."""
        other = 'B' if self.side == 'A' else 'A'
        shared = times(add(decode(theirs), times(BLINDS[other], ORDER - self.password)), self.secret)
        if shared is None:
            raise ValueError('The share of the other device makes a key that everybody knows.')
        shares = (self.share, theirs) if self.side == 'A' else (theirs, self.share)
        parts = [name.encode() for name in self.ids] + [*shares, encode(shared), self.password.to_bytes(32, 'big')]
        transcript = b''.join(len(part).to_bytes(8, 'little') + part for part in parts)
        keys = digest(transcript)
        confirming = hkdf(keys[16:], b'', b'ConfirmationKeys')
        of_a, of_b = hmac_sha256(confirming[:16], transcript), hmac_sha256(confirming[16:], transcript)
        return (keys[:16], of_a, of_b) if self.side == 'A' else (keys[:16], of_b, of_a)
