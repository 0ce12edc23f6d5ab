"""Settings: what holds without a word, what overrides it, and what is said of a mistake."""

import pytest

from gateway import settings
from gateway.errors import SettingsError
from gateway.settings import Environment, Settings


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in ("HOME", "PORT", "LIMITS__BODY_BYTES"):
        monkeypatch.delenv(f"CAF_GATEWAY_{name}", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    settings.make(folder)
    return folder


def _write(home, text):
    (home / settings.FILE).write_text(text)


def test_the_file_that_is_made_says_what_holds_without_it(home):
    assert settings.load(home) == Settings(home=home)


def test_a_file_that_is_there_is_kept(home):
    _write(home, 'node = "mine"\n')
    settings.make(home)
    assert settings.load(home).node == "mine"


def test_folders_and_the_database_stand_below_the_home(home):
    loaded = settings.load(home)
    assert loaded.agreements == home / "agreements"
    assert loaded.database_url == f"sqlite:///{home}/gateway.db"


def test_what_is_absolute_or_another_database_stays(home):
    _write(home, 'database_url = "postgresql://db/caf"\nagreements = "/srv/agreements"\n')
    loaded = settings.load(home)
    assert loaded.database_url == "postgresql://db/caf"
    assert str(loaded.agreements) == "/srv/agreements"


def test_database_url_alone_says_which_database(home, monkeypatch):
    _write(home, 'database_url = "sqlite:///gateway.db"\n')
    monkeypatch.setenv("DATABASE_URL", "postgresql://gateway@db/gateway")
    assert settings.load(home).database_url == "postgresql://gateway@db/gateway"
    monkeypatch.setenv("CAF_GATEWAY_DATABASE_URL", "sqlite:///mine.db")
    assert settings.load(home).database_url == f"sqlite:///{home}/mine.db"


def test_a_password_in_the_database_s_address_is_not_shown(home, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://gateway:s3cr3t@db/gateway")
    assert "s3cr3t" not in f"{settings.load(home)!r} {settings.load(home)}"


def test_the_environment_overrides_the_file(home, monkeypatch):
    _write(home, "port = 1\n[limits]\nbody_bytes = 2048\n")
    monkeypatch.setenv("CAF_GATEWAY_PORT", "8443")
    monkeypatch.setenv("CAF_GATEWAY_LIMITS__BODY_BYTES", "4096")
    loaded = settings.load(home)
    assert (loaded.port, loaded.limits.body_bytes) == (8443, 4096)


def test_the_home_comes_from_the_environment(home, monkeypatch):
    monkeypatch.setenv("CAF_GATEWAY_HOME", str(home))
    assert settings.load().home == home


def test_the_issuer_has_no_slash_at_its_end(home):
    assert settings.load(home).issuer == "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('port = "many"', "`port`: input should be a valid integer"),
        ("prot = 1", "`prot` is not a setting"),
        ("[limits]\nbody_bytes = 3", "`limits.body_bytes`: input should be greater than"),
        ("[limits]\nbody = 3", "`limits.body` is not a setting"),
        ('environment = "prod"', "`environment`: input should be 'test' or 'live'"),
        ('environment = "live"', "a live gateway's base_url begins with https"),
        ("port = ", "is not TOML"),
    ],
)
def test_a_mistake_is_named_with_what_would_be_right(home, text, said):
    _write(home, text)
    with pytest.raises(SettingsError) as refusal:
        settings.load(home)
    assert said in str(refusal.value)


def test_settings_that_are_not_text_are_no_settings(home):
    (home / settings.FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="is not TOML: it is not text"):
        settings.load(home)


def test_a_live_gateway_with_a_secure_address_is_fine(home):
    _write(home, 'environment = "live"\nbase_url = "https://caf.example"\n')
    assert settings.load(home).environment is Environment.LIVE


def test_a_folder_without_settings_says_how_to_make_them(tmp_path):
    with pytest.raises(SettingsError, match="caf-gateway init"):
        settings.load(tmp_path)


def test_a_file_of_authorities_stands_below_the_home(home):
    assert settings.load(home).ca_file is None
    _write(home, '[delivery]\nca_file = "recipients.pem"\n')
    assert settings.load(home).ca_file == home / "recipients.pem"
