"""Signatures of designated persons: whose, over what, and which are refused."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from signatories import SAMPLE, key_of, samples, signatures, with_keys

from gateway.agreements import signing
from gateway.errors import KeysError, SignatureError
from gateway.registers import Signature
from policies.errors import DocumentError

(AGREEMENT,) = samples()
SIGNED = signatures(AGREEMENT)


def without(party):
    return tuple(one for one in SIGNED if one.party != party)


def test_what_every_party_signed_is_signed():
    signing.require_signed(AGREEMENT, SIGNED)
    assert signing.unsigned(AGREEMENT, SIGNED) == ()


def test_what_is_signed_names_the_use_the_party_and_the_digest():
    assert signing.to_be_signed(AGREEMENT, "la:999").decode() == (
        f"caf-gateway agreement v1\nla:999\n{AGREEMENT.digest}\n"
    )


@pytest.mark.parametrize("party", [party.organisation for party in AGREEMENT.parties])
def test_a_missing_signature_is_named(party):
    with pytest.raises(SignatureError, match=f"nobody has signed for `{party}`") as refusal:
        signing.require_signed(AGREEMENT, without(party))
    assert refusal.value.where == party


def forged(value: str) -> tuple[Signature, ...]:
    return (*without("la:999"), Signature("la:999", value))


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(SIGNED[1].signature, id="another party's"),
        pytest.param("", id="nothing"),
        pytest.param("no base64", id="no base64"),
        pytest.param("AAAA", id="too short"),
        pytest.param(SIGNED[0].signature[:-4] + "AA==", id="cut short"),
    ],
)
def test_a_wrong_signature_is_refused_and_its_party_named(value):
    with pytest.raises(SignatureError) as refusal:
        signing.require_signed(AGREEMENT, forged(value))
    assert refusal.value.where == "la:999"
    assert "Director of Children's Services" in str(refusal.value)


def test_a_signature_of_somebody_who_is_no_party_is_refused():
    with pytest.raises(SignatureError, match="no party"):
        signing.verified(AGREEMENT, (*SIGNED, Signature("la:998", SIGNED[0].signature)))


def test_without_a_key_in_the_agreement_nobody_can_have_signed():
    keyless = replace(
        AGREEMENT, parties=tuple(replace(party, key="") for party in AGREEMENT.parties)
    )
    with pytest.raises(SignatureError):
        signing.verified(keyless, SIGNED)


@given(
    st.sampled_from(["title", "onward", "security", "training", "transparency", "dpia"]),
    st.text(max_size=20),
)
def test_no_word_is_changed_under_a_signature(name, text):
    changed = replace(AGREEMENT, **{name: text})
    if changed != AGREEMENT:
        with pytest.raises(SignatureError):
            signing.verified(changed, SIGNED[:1])


def test_a_key_signs_for_each_party_that_names_it():
    shared = replace(
        AGREEMENT,
        parties=tuple(replace(p, key=AGREEMENT.parties[0].key) for p in AGREEMENT.parties),
    )
    signed = signing.sign(shared, key_of(AGREEMENT.parties[0].organisation))
    signing.require_signed(shared, signed)
    with pytest.raises(SignatureError, match="of no party"):
        signing.sign(shared, Ed25519PrivateKey.generate())


def test_a_keys_file_is_its_owners_alone_and_what_openssl_reads(tmp_path):
    file = tmp_path / "signatory.pem"
    public = signing.make_key(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert signing.verifying_key(signing.read_key(file)) == public
    assert isinstance(load_pem_private_key(file.read_bytes(), None), Ed25519PrivateKey)
    with pytest.raises(KeysError):
        signing.make_key(file)


def test_a_keys_file_with_a_passphrase_opens_with_that_alone(tmp_path):
    file = tmp_path / "signatory.pem"
    public = signing.make_key(file, "correct horse")
    assert signing.verifying_key(signing.read_key(file, "correct horse")) == public
    for wrong in ("", "battery"):
        with pytest.raises(KeysError, match="passphrase"):
            signing.read_key(file, wrong)


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_key_that_others_may_read_is_not_used(tmp_path, mode):
    file = tmp_path / "signatory.pem"
    signing.make_key(file)
    file.chmod(mode)
    with pytest.raises(KeysError, match="chmod 600"):
        signing.read_key(file)


def test_a_key_of_another_kind_is_refused(tmp_path):
    file = tmp_path / "other.pem"
    other = X25519PrivateKey.generate()
    file.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    file.chmod(0o600)
    with pytest.raises(KeysError, match="not an Ed25519 key"):
        signing.read_key(file)


@pytest.fixture
def file(tmp_path) -> Path:
    place = tmp_path / AGREEMENT.id / "1.yaml"
    place.parent.mkdir()
    place.write_text(SAMPLE.read_text())
    return place


def test_signatures_lie_beside_the_document_until_it_changes(file):
    assert signing.read_signatures(file, AGREEMENT) == ()
    signing.write_signatures(file, AGREEMENT, SIGNED[:2])
    assert signing.write_signatures(file, AGREEMENT, SIGNED[1:]) == SIGNED
    assert signing.read_signatures(file, AGREEMENT) == SIGNED

    changed = with_keys(replace(AGREEMENT, title="another"))
    with pytest.raises(SignatureError, match="have it signed anew"):
        signing.read_signatures(file, changed)
    assert signing.write_signatures(file, changed, ()) == ()


def test_a_file_of_signatures_with_a_fault_is_refused_with_its_line(file):
    signing.write_signatures(file, AGREEMENT, SIGNED)
    beside = signing.signatures_beside(file)
    beside.write_text(beside.read_text().replace("signature:", "signatur:", 1))
    with pytest.raises(DocumentError, match=r"1\.signatures\.yaml:5: .*did you mean `signature`"):
        signing.read_signatures(file, AGREEMENT)


def test_what_is_shipped_is_signed_by_all():
    for agreement in samples():
        folder = SAMPLE.parents[1] / agreement.id
        signing.require_signed(
            agreement, signing.read_signatures(folder / f"{agreement.version}.yaml", agreement)
        )
