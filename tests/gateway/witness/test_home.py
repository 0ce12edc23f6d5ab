"""A witness's folder: made once, served by one process, and refused where it is not sure."""

import stat

import pytest

from audit.cosignature import open_cosigned
from audit.errors import NoteError, WitnessError
from audit.note import KeyType, VerifierKey
from audit.witness import encode_request
from gateway.errors import KeysError, SettingsError
from gateway.witness.home import WitnessHome
from tests.audit.builders import KEY, NOON, OTHER_KEY, WITNESSES, a_log

NAME = "witness.example/w1"


@pytest.fixture
def home(tmp_path):
    made = WitnessHome(tmp_path / "witness")
    made.make(NAME)
    made.trust([KEY.verifier.vkey])
    return made


def _now():
    return NOON


def _ask(home, log, old=0):
    proof = log.edge.consistency_proof(old, log.edge.size, log.read_tile)
    with home.open(_now) as witness:
        return witness.add_checkpoint(encode_request(old, proof, log.note()))


def test_a_witness_is_made_with_a_key_that_only_its_owner_reads(tmp_path):
    home = WitnessHome(tmp_path / "witness")
    verifier = home.make(NAME)

    assert home.key().verifier == verifier
    assert (verifier.name, verifier.type) == (NAME, KeyType.COSIGNATURE)
    assert stat.S_IMODE((home.path / "witness.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700
    assert home.logs() == ()


def test_a_witness_is_never_made_over_another(home):
    before = home.key()

    with pytest.raises(KeysError, match="already a witness"):
        home.make("another")
    assert home.key().verifier == before.verifier


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb"])
def test_no_witness_is_called(tmp_path, name):
    with pytest.raises(NoteError):
        WitnessHome(tmp_path / "witness").make(name)
    assert not (tmp_path / "witness").exists()


def test_it_cosigns_and_remembers_over_a_restart(home):
    log = a_log(7)
    note = log.note() + _ask(home, log).body

    found = open_cosigned(note, (KEY.verifier, home.key().verifier))
    assert [one.at for one in found.cosignatures] == [NOON]
    assert _ask(home, a_log(5)).last_size == 7
    assert _ask(home, a_log(9), 7).is_cosigned


def test_a_log_s_new_key_is_trusted_beside_the_old_and_nothing_twice(home):
    assert home.trust([OTHER_KEY.verifier.vkey, KEY.verifier.vkey]) == (
        KEY.verifier,
        OTHER_KEY.verifier,
    )
    assert home.logs() == (KEY.verifier, OTHER_KEY.verifier)


@pytest.mark.parametrize(
    "vkey",
    [
        pytest.param("nonsense", id="nonsense"),
        pytest.param(WITNESSES[0].verifier.vkey, id="a witness's"),
        pytest.param("a+00000000+/w==", id="of an unknown type"),
    ],
)
def test_a_key_is_not_trusted_that_is(home, vkey):
    with pytest.raises((NoteError, WitnessError)):
        home.trust([OTHER_KEY.verifier.vkey, vkey])
    assert home.logs() == (KEY.verifier,)


def test_two_processes_do_not_serve_one_witness(home):
    with home.open(_now), pytest.raises(SettingsError, match="another process"), home.open(_now):
        pass
    with home.open(_now):
        pass


def test_no_witness_starts_where_there_is_none(tmp_path):
    with pytest.raises(SettingsError, match="witness init"), WitnessHome(tmp_path).open(_now):
        pass
    with pytest.raises(SettingsError, match="witness init"):
        WitnessHome(tmp_path).trust([KEY.verifier.vkey])


def _lose(home):
    (home.path / "cosigned").unlink()


def _garble(home):
    file = home.path / "cosigned"
    file.write_bytes(file.read_bytes().replace(b"\n7\n", b"\n6\n"))


def _swap_key(home):
    (home.path / "witness.key").unlink()
    home.make(NAME)


def _show_key(home):
    (home.path / "witness.key").chmod(0o644)


def _cut_key(home):
    (home.path / "witness.key").write_text(f"{NAME}\nabcd\n")


def _garble_logs(home):
    (home.path / "logs").write_text("nonsense\n")


def _blur_logs(home):
    (home.path / "logs").write_bytes(b"\xff\xfe\n")


@pytest.mark.parametrize(
    "harm",
    [_lose, _garble, _swap_key, _show_key, _cut_key, _garble_logs, _blur_logs],
    ids=lambda one: one.__name__,
)
def test_a_witness_that_is_not_sure_of_itself_does_not_start(home, harm):
    _ask(home, a_log(7))
    harm(home)

    with pytest.raises((OSError, KeysError, WitnessError, NoteError)), home.open(_now):
        pass


def test_the_first_request_that_convicts_a_log_is_kept(home):
    home.keep_conflict(b"first")
    home.keep_conflict(b"second")

    assert (home.path / "conflict").read_bytes() == b"first"


def test_a_trusted_key_is_one_line_a_key(home):
    assert (home.path / "logs").read_text() == f"{KEY.verifier.vkey}\n"
    assert VerifierKey.parse((home.path / "logs").read_text().strip()) == KEY.verifier
