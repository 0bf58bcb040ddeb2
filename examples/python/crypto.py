"""Bytes, and what python3-cryptography does with them."""
import base64
import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def nul(*parts):
    """Texts and bytes with a zero byte between each two."""
    return b'\0'.join(part.encode() if isinstance(part, str) else part for part in parts)


def u32(number):
    return number.to_bytes(4, 'big')


def u64(number):
    return number.to_bytes(8, 'big')


def b64(data):
    return base64.b64encode(data).decode()


def unb64(text):
    return base64.b64decode(text, validate=True)


def digest(data):
    return hashlib.sha256(data).digest()


def hmac_sha256(key, data):
    return hmac.new(key, data, 'sha256').digest()


def hkdf(secret, salt, info, size=32):
    """RFC 5869 with SHA-256."""
    key, block, out = hmac_sha256(salt or bytes(32), secret), b'', b''
    while len(out) < size:
        block = hmac_sha256(key, block + info + bytes([len(out) // 32 + 1]))
        out += block
    return out[:size]


def seal(key, nonce, plain, associated):
    """AES-256-GCM: nonce, ciphertext, tag."""
    return nonce + AESGCM(key).encrypt(nonce, plain, associated)


def open_box(key, sealed, associated):
    return AESGCM(key).decrypt(sealed[:12], sealed[12:], associated)


def raw(public):
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def public_of(secret):
    return raw(X25519PrivateKey.from_private_bytes(secret).public_key())


def agree(secret, public):
    """X25519; raises where the result would be known to everybody."""
    return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(public))


def verify(public, data, signature):
    Ed25519PublicKey.from_public_bytes(public).verify(signature, data)


class SigningKey:
    def __init__(self, seed):
        self.key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public, self.sign = raw(self.key.public_key()), self.key.sign
