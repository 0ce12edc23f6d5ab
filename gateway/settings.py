"""Settings: one folder, one file in it, and nothing that is secret.

    caf-gateway/settings.toml      what an operator decides
    caf-gateway/keys/              made by `caf-gateway init`, never in settings
    caf-gateway/log/               what is remembered of the log, apart from the database
    caf-gateway/agreements/        the deployment's own agreements (YAML)
    caf-gateway/registers.yaml     organisations, services, clients, practitioners to load

Every setting may be given in the environment instead: `CAF_GATEWAY_PORT`, or for a section
`CAF_GATEWAY_LIMITS__BODY_BYTES`; the database also as `DATABASE_URL`, as hosts give it.
"""

import os
import tomllib
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from gateway.attachments.sections import Attachments
from gateway.errors import SettingsError
from gateway.witnessing.sections import Anchor, Witnesses

HOME_VARIABLE: Final = "CAF_GATEWAY_HOME"
DATABASE_VARIABLE: Final = "DATABASE_URL"
DEFAULT_HOME: Final = Path("caf-gateway")
FILE: Final = "settings.toml"
KEYS: Final = "keys"
LAST_CHECKPOINT: Final = Path("log") / "checkpoint"
PATROL: Final = Path("log") / "patrol"

_Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,99}$")]
_SQLITE: Final = "sqlite:///"
_SECTION = ConfigDict(frozen=True, extra="forbid")


class Environment(StrEnum):
    """Whether real children's records are here."""

    TEST = "test"
    LIVE = "live"


class Limits(BaseModel):
    """What one request may cost."""

    model_config = _SECTION

    body_bytes: Annotated[int, Field(ge=1024, le=64 * 2**20)] = 5 * 2**20  # BaRS: 5 MB
    header_bytes: Annotated[int, Field(ge=1024, le=64 * 1024)] = 16 * 1024
    request_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0  # BaRS: answered in 5 s, else 408
    concurrent_requests: Annotated[int, Field(ge=1, le=10_000)] = 512


class Delivery(BaseModel):
    """How a delivery is tried again."""

    model_config = _SECTION

    first_pause_seconds: Annotated[float, Field(gt=0, le=3600)] = 2.0
    longest_pause_seconds: Annotated[float, Field(gt=0, le=86_400)] = 900.0
    give_up_after_hours: Annotated[float, Field(gt=0, le=720)] = 72.0
    send_seconds: Annotated[float, Field(gt=0, le=300)] = 10.0
    hosts: tuple[str, ...] = ()  # the only hosts that anything is ever sent to over HTTPS
    ca_file: Path | None = None  # authorities to trust in place of the system's


class Retention(BaseModel):
    """For how long things are kept, and whether the workers erase what is over."""

    model_config = _SECTION

    run_in_worker: bool = False
    file: Path | None = None  # the deployment's own periods; else `policies/retention.yaml`
    answers_days: Annotated[int, Field(ge=1, le=3660)] = 365  # then a repeat is a new message


class Settings(BaseSettings):
    """All settings of one gateway; paths are absolute, below *home* where given relative."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="CAF_GATEWAY_", env_nested_delimiter="__"
    )

    home: Path
    environment: Environment = Environment.TEST
    origin: Annotated[str, Field(pattern=r"^[^\s+]{1,200}$")] = "caf-gateway.example/log"
    node: _Name = "node-1"
    base_url: AnyHttpUrl = AnyHttpUrl("http://127.0.0.1:8080")
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    # Not shown: it may hold a password.
    database_url: Annotated[str, Field(repr=False)] = "sqlite:///gateway.db"
    adapters: tuple[_Name, ...] = (
        "annex-a",
        "bars",
        "cin",
        "ctf",
        "e-rs",
        "early-help",
        "early-help-csv",
        "early-help-xml",
        "hl7v2",
        "ssda903",
        "uk-core",
    )
    agreements: Path = Path("agreements")
    registers: Path = Path("registers.yaml")
    adapter_hashes: dict[_Name, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = {}
    limits: Limits = Limits()
    delivery: Delivery = Delivery()
    retention: Retention = Retention()
    attachments: Attachments = Attachments()
    witnesses: Witnesses = Witnesses()
    anchor: Anchor = Anchor()

    @property
    def issuer(self) -> str:
        """The gateway's name in tokens: its public address without a slash at the end."""
        return str(self.base_url).rstrip("/")

    @property
    def token_endpoint(self) -> str:
        """Where clients get their tokens."""
        return f"{self.issuer}/oauth2/token"

    @property
    def ca_file(self) -> Path | None:
        """The authorities by which recipients prove who they are, where not the system's."""
        return None if self.delivery.ca_file is None else self.home / self.delivery.ca_file

    @property
    def retention_file(self) -> Path | None:
        """The deployment's own retention periods, where it has any."""
        return None if self.retention.file is None else self.home / self.retention.file

    def receipt_address(self, entry: int) -> str:
        """Return where the receipt of an entry can be fetched, by the service that it is for."""
        return f"{self.issuer}/api/v1/receipts/{entry}"

    @model_validator(mode="before")
    @classmethod
    def _stand_below_home(cls, values: dict[str, object]) -> dict[str, object]:
        home = Path(str(values["home"])).absolute()
        below: dict[str, object] = {
            name: home / str(values.get(name, cls.model_fields[name].default))
            for name in ("agreements", "registers")
        }
        url = str(values.get("database_url", cls.model_fields["database_url"].default))
        if url.startswith(_SQLITE) and not url.startswith(f"{_SQLITE}/"):
            below["database_url"] = f"{_SQLITE}{home / url.removeprefix(_SQLITE)}"
        return values | {"home": home} | below

    @model_validator(mode="after")
    def _is_safe_when_live(self) -> Self:
        if self.environment is Environment.LIVE and self.base_url.scheme != "https":
            message = "a live gateway's base_url begins with https"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _answers_in_time(self) -> Self:
        is_late = self.witnesses.wait_seconds >= self.limits.request_seconds
        if self.witnesses.witness and is_late:
            message = "`witnesses.wait_seconds` is not shorter than `limits.request_seconds`"
            raise ValueError(message)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment, then the home folder's file; no `.env`, no secrets folder."""
        del dotenv_settings, file_secret_settings
        file = Path(init_settings()["home"]) / FILE
        named = os.environ.get(DATABASE_VARIABLE)
        database = InitSettingsSource(settings_cls, {"database_url": named} if named else {})
        in_file = TomlConfigSettingsSource(settings_cls, file)
        return init_settings, env_settings, database, in_file


def home_folder(folder: Path | None = None) -> Path:
    """Return *folder*, or the one that `CAF_GATEWAY_HOME` names, or `./caf-gateway`."""
    return (folder or Path(os.environ.get(HOME_VARIABLE, DEFAULT_HOME))).absolute()


def load(folder: Path | None = None) -> Settings:
    """Return the settings of the home *folder*, or raise `SettingsError` naming what is wrong."""
    home = home_folder(folder)
    if not (home / FILE).is_file():
        message = f"there is no `{home / FILE}`: make it with `caf-gateway init`"
        raise SettingsError(message)
    try:
        return Settings(home=home)
    except tomllib.TOMLDecodeError as error:
        message = f"`{home / FILE}` is not TOML: {error}"
        raise SettingsError(message) from error
    except UnicodeDecodeError:
        message = f"`{home / FILE}` is not TOML: it is not text"
        raise SettingsError(message) from None
    except ValidationError as error:
        raise SettingsError("; ".join(map(_in_words, error.errors()))) from error


def _in_words(error: ErrorDetails) -> str:
    name = ".".join(map(str, error["loc"])) or "settings"
    if error["type"] == "extra_forbidden":
        return f"`{name}` is not a setting"
    reason = error["msg"].removeprefix("Value error, ")
    return f"`{name}`: {reason[:1].lower()}{reason[1:]}"


def make(folder: Path) -> Path:
    """Write a commented `settings.toml` and the folders beside it; an existing file is kept.

    Return the file. Raises `OSError` where the folder cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "agreements").mkdir(exist_ok=True)
    file = folder / FILE
    if not file.exists():
        file.write_text(files("gateway").joinpath("settings_template.toml").read_text("utf-8"))
    return file
