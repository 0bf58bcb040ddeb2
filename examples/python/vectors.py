"""Compares the device with the vectors of shared/protocol/vectors."""
import json
import pathlib

from crypto import SigningKey, agree, b64, digest, hkdf, nul, number, public_of, unb64, unseal, verify
from device import Session, read_content, write_content
from pairing import Identity, Joiner, paired_root, read_record, register_statement, temporary_id
from spake2 import Spake2, password_of

FOLDER = pathlib.Path(__file__).resolve().parents[2] / 'shared/protocol/vectors'


def same(what, got, wanted):
    if got != wanted:
        raise SystemExit(f'{what} is {got!r}, and should be {wanted!r}.')


def identity_of(told):
    signing, agreement = bytes.fromhex(told['signing_seed']), bytes.fromhex(told['agreement_secret'])
    return Identity(told['name'], told['id'], signing, agreement)


def peer_of(told):
    return read_record(identity_of(told).record)


def claims(told):
    for case in told['cases']:
        public, nonce = unb64(case['public_key']), unb64(case['nonce'])
        statement = register_statement(case['hardware_id'], case['host'], nonce, public)
        same('statement', statement.hex(), case['statement'])
        if case['kind'] == 'Ed25519':
            verify(public, statement, unb64(case['signature']))


def contact_tags(told):
    for case in told['cases']:
        tag = digest(nul('openrelay-contact-v1', case['own'].upper(), case['other'].upper())).hex()[:32]
        same('tag', tag, case['tag'])


def identity_records(told):
    for case in told['cases']:
        same('record', identity_of(case).record.decode(), case['record'])
        same('id', read_record(case['record'].encode())['id'], case['id'])


def pairing_codes(told):
    for case in told['cases']:
        same('temporary id', temporary_id(case['code']), case['temporary_id'])
        key = SigningKey(digest(nul('openrelay-rendezvous-key-v1', case['code'].split('-')[0])))
        same('key of the number', b64(key.public), case['public_key'])
        same('password', number(password_of(case['code']), 32).hex(), case['password'])


class Digits:
    """A pairing without a code: two fresh keys of X25519."""
    share_bytes = 32

    def __init__(self, secret):
        self.secret, self.share = secret, public_of(secret)

    def finish(self, theirs):
        return agree(self.secret, theirs), b'', b''


def pairing(told):
    joiner, host = told['joiner'], told['host']
    seed, mode = bytes.fromhex(joiner['share_secret']), told['frames'][0]['payload']['mode']
    exchange = Digits(seed) if mode == 'digits' else Spake2(told['code'], told['ids']['A'], told['ids']['B'], seed)
    drawn = iter(bytes.fromhex(joiner[name]) for name in ('ephemeral_secret', 'nonce', 'box_nonce'))
    side = Joiner(identity_of(joiner), exchange, lambda size: next(drawn))
    frames = {(frame['from'], frame['type']): frame['payload'] for frame in told['frames']}
    same('AuthRequest', side.request(mode), frames['joiner', 'AuthRequest'])
    same('AuthVerify', side.verify(frames['host', 'AuthResponse']), frames['joiner', 'AuthVerify'])
    same('pairing key', side.key.hex(), told['keys']['pairing_key'])
    digits = int.from_bytes(digest(nul('openrelay-digits-v1', side.transcript))[:8], 'big') % 1_000_000
    same('digits', f'{digits // 1000:03} {digits % 1000:03}', told['result']['digits'])
    same('transcript', digest(side.transcript).hex(), told['result']['transcript_hash'])
    same('our proof', side.proof(), frames['joiner', 'AuthSuccess']['proof'])
    same('their proof', side.proof('H'), frames['host', 'AuthSuccess']['proof'])
    same('peer', side.peer['name'], host['name'])


def sessions(told):
    initiator, responder = identity_of(told['initiator']), identity_of(told['responder'])
    paired, introduced = told['roots']['paired'], told['roots']['introduced']
    secret = {name: bytes.fromhex(value) for name, value in paired.items()}
    root = paired_root(initiator.agreement, secret['initiator_ephemeral_secret'], public_of(responder.agreement),
                       public_of(secret['responder_ephemeral_secret']), secret['pairing_key'],
                       secret['transcript_hash'])
    same('root', root.hex(), paired['root'])
    agreed = agree(initiator.agreement, public_of(responder.agreement))
    same('introduced root', hkdf(agreed, bytes.fromhex(introduced['secret']), b'openrelay-introduced-v1').hex(),
         introduced['root'])
    for case in told['messages']:
        key_id, body = int(case['key_id']), unb64(case['body'])
        sender, reader = (Session(own, peer_of(other), {}) for own, other in
                          ((initiator, told['responder']), (responder, told['initiator'])))
        sender.roots = reader.roots = {key_id: bytes.fromhex(told['root'])}
        same('key', sender.key(key_id, initiator.id, responder.id).hex(), case['key'])
        sealed = sender.seal(case['kind'], case['head'], body, case['message_id'], bytes.fromhex(case['nonce']),
                             case['counter'], key_id)
        same('sealed', b64(sealed), case['sealed'])
        same('opened', reader.open(sealed, case['message_id']), (case['head'], body))


def rotation(told):
    starter, answerer = told['starter'], told['answerer']
    session = Session(identity_of(answerer), peer_of(starter), {1: bytes.fromhex(told['root_1'])})
    ack = session.answer(told['update'], bytes.fromhex(answerer['ephemeral_secret']), bytes.fromhex(answerer['nonce']))
    same('answer', ack['encrypted_key_package'], told['ack']['encrypted_key_package'])
    same('root', session.roots[2].hex(), told['root_2'])
    same('starter sends with', session.key(2, starter['id'], answerer['id']).hex(), told['starter_sends_with'])
    same('answerer sends with', session.key(2, answerer['id'], starter['id']).hex(), told['answerer_sends_with'])


def transfers(told):
    for case in told['messages']:
        plain = write_content(case['head'], unb64(case['body']))
        same('content', plain.hex(), case['plain'])
        same('read', read_content(plain), (case['head'], unb64(case['body'])))


def windows_app(told):
    clip = told['clip']
    same('clip', unseal(bytes.fromhex(clip['key']), unb64(clip['data']), b'').decode(), clip['text'])


CHECKS = {'claims': claims, 'contact-tags': contact_tags, 'identity-records': identity_records,
          'pairing-codes': pairing_codes, 'pairing-by-code': pairing, 'pairing-by-digits': pairing, 'sessions': sessions,
          'rotation': rotation, 'transfers': transfers, 'windows-app': windows_app}


def check_all():
    for name, check in CHECKS.items():
        check(json.loads((FOLDER / f'{name}.json').read_text()))
        print('right:', name)
