"""Bytes, and what python3-cryptography does with them, under the names of DEVICES.md."""
import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def nul(*parts):
    """Texts and bytes with a zero byte between each two."""
    return b'\0'.join(part.encode() if isinstance(part, str) else part for part in parts)


def number(value, size):
    return value.to_bytes(size, 'big')


def b64(data):
    return base64.b64encode(data).decode()


def unb64(text):
    return base64.b64decode(text, validate=True)


def compact(value):
    """JSON as the other side writes it, since it is hashed."""
    return json.dumps(value, separators=(',', ':'), ensure_ascii=False).encode()


def digest(data):
    return hashlib.sha256(data).digest()


def hmac_sha256(key, data):
    return hmac.digest(key, data, 'sha256')


def hkdf(secret, salt, info, size=32):
    return HKDF(algorithm=SHA256(), length=size, salt=salt, info=info).derive(secret)


def seal(key, nonce, plain, associated):
    """AES-256-GCM: nonce, ciphertext, tag."""
    return nonce + AESGCM(key).encrypt(nonce, plain, associated)


def unseal(key, sealed, associated):
    """Raises where a byte was altered."""
    return AESGCM(key).decrypt(sealed[:12], sealed[12:], associated)


def raw(public):
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def public_of(secret):
    return raw(X25519PrivateKey.from_private_bytes(secret).public_key())


def agree(secret, public):
    """X25519. Raises where the result would be known to everybody."""
    return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(public))


def verify(public, data, signature):
    Ed25519PublicKey.from_public_bytes(public).verify(signature, data)


class SigningKey:
    def __init__(self, seed):
        key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public, self.sign = raw(key.public_key()), key.sign
