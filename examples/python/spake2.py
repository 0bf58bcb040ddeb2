"""SPAKE2 of RFC 9382 on P-256. Python's numbers tell by their time what they compute: for an example, not for a product."""
import os

from crypto import digest, hkdf, hmac_sha256, nul, number

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def square(x):
    return (x**3 - 3 * x + B) % P


def point(x, odd):
    y = pow(square(x), (P + 1) // 4, P)
    return x, y if y % 2 == odd else P - y


BASE = point(0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296, 1)
BLINDS = {'A': point(0x886E2F97ACE46E55BA9DD7242579F2993B64E16EF3DCAB95AFD497333D8FA12F, 0),
          'B': point(0xD8BBD6C639C62937B04D997F38C3770719C629D7014D49A24B4F98BAA1292B49, 1)}


def add(one, other):
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, P) if one == other else (y2 - y1) * pow(x2 - x1, -1, P)
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def times(one, scalar):
    result = None
    for bit in bin(scalar % ORDER)[2:]:
        result = add(result, result)
        if bit == '1':
            result = add(result, one)
    return result


def encode(one):
    return b'\4' + number(one[0], 32) + number(one[1], 32)


def decode(share):
    x, y = int.from_bytes(share[1:33], 'big'), int.from_bytes(share[33:], 'big')
    if len(share) != 65 or share[0] != 4 or max(x, y) >= P or y * y % P != square(x):
        raise ValueError('The share of the other device is no point of the curve.')
    return x, y


def password_of(code):
    digits, *words = code.split('-')
    return int.from_bytes(hkdf(digest(nul('openrelay-code-v1', digits, '-'.join(words))), b'', b'', 48), 'big') % ORDER


class Spake2:
    """The side that begins, A: the joiner of a pairing by code."""
    share_bytes = 65

    def __init__(self, code, own_id, host_id, seed=None):
        self.ids, self.password = (own_id, host_id), password_of(code)
        self.secret = int.from_bytes(seed or os.urandom(48), 'big') % ORDER
        self.share = encode(add(times(BASE, self.secret), times(BLINDS['A'], self.password)))

    def finish(self, theirs):
        """The key, our confirmation, and the one that the host must have sent."""
        shared = times(add(decode(theirs), times(BLINDS['B'], ORDER - self.password)), self.secret)
        if shared is None:
            raise ValueError('The share of the other device makes a key that everybody knows.')
        parts = [name.encode() for name in self.ids] + [self.share, theirs, encode(shared), number(self.password, 32)]
        transcript = b''.join(len(part).to_bytes(8, 'little') + part for part in parts)
        keys = digest(transcript)
        confirming = hkdf(keys[16:], b'', b'ConfirmationKeys')
        return keys[:16], hmac_sha256(confirming[:16], transcript), hmac_sha256(confirming[16:], transcript)
