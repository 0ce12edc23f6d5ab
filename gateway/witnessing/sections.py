"""The settings of witnessing: `[witnesses]` and `[anchor]`, checked when the gateway starts."""

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, field_validator, model_validator

from audit.errors import AuditError
from audit.note import VerifierKey
from audit.quorum import Quorum

ANYBODY: Final = "*"

_SECTION = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
_LOOPBACK: Final = frozenset({"127.0.0.1", "[::1]", "localhost"})


class ReleasePolicy(StrEnum):
    """What must be known of the log before anything is released; the later the stricter."""

    NONE = "none"
    """It is released on the log's own signature."""
    BOUNDED = "bounded"
    """So it is, while the newest checkpoint that the quorum cosigned is not too old."""
    STRICT = "strict"
    """The quorum has cosigned a checkpoint that holds its entry."""

    @property
    def strictness(self) -> int:
        """How strict it is, from 0.

        >>> max(ReleasePolicy, key=lambda policy: policy.strictness).value
        'strict'
        """
        return list(ReleasePolicy).index(self)


def _require_safe(url: AnyHttpUrl) -> AnyHttpUrl:
    if url.scheme != "https" and url.host not in _LOOPBACK:
        message = "an address beyond this machine begins with https"
        raise ValueError(message)
    return url


class Witness(BaseModel):
    """One witness: its verifier key, and the address below which it is asked."""

    model_config = _SECTION

    vkey: str
    url: AnyHttpUrl

    @property
    def key(self) -> VerifierKey:
        """The key with which its cosignatures are verified."""
        return VerifierKey.parse(self.vkey)

    @field_validator("vkey")
    @classmethod
    def _is_a_key(cls, vkey: str) -> str:
        try:
            VerifierKey.parse(vkey)
        except AuditError as error:
            raise ValueError(str(error)) from error
        return vkey

    _is_safe = field_validator("url")(_require_safe)


class Pair(BaseModel):
    """What holds from some services to others: by the id of a service or organisation, or `*`."""

    model_config = _SECTION

    sender: Annotated[str, Field(alias="from", min_length=1)]
    recipient: Annotated[str, Field(alias="to", min_length=1)]
    policy: ReleasePolicy


class Witnesses(BaseModel):
    """Who watches the log, how many of them must agree, and what waits for that.

    Of *pairs* the first that fits decides, as in the table of a firewall; else *policy* does.
    """

    model_config = _SECTION

    witness: tuple[Witness, ...] = ()
    needed: Annotated[int | None, Field(alias="quorum", ge=1)] = None
    release: Annotated[ReleasePolicy | None, Field(alias="policy")] = None
    pairs: tuple[Pair, ...] = ()
    stale_after_seconds: Annotated[float, Field(ge=1, le=86_400)] = 60.0
    answer_seconds: Annotated[float, Field(gt=0, le=30)] = 1.0
    wait_seconds: Annotated[float, Field(gt=0, le=30)] = 2.0
    skew_seconds: Annotated[float, Field(ge=0, le=3600)] = 30.0

    @cached_property
    def quorum(self) -> Quorum | None:
        """Who must cosign, more than half of them where no number is set; None: there is nobody."""
        if not self.witness:
            return None
        keys = tuple(one.key for one in self.witness)
        return Quorum(keys, self.needed or len({key.name for key in keys}) // 2 + 1)

    @property
    def policy(self) -> ReleasePolicy:
        """What holds for every pair that is not named."""
        if self.release is None:
            return ReleasePolicy.BOUNDED if self.witness else ReleasePolicy.NONE
        return self.release

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        policies = {self.policy, *(pair.policy for pair in self.pairs)}
        if not self.witness and (self.needed or policies != {ReleasePolicy.NONE}):
            message = "there are no witnesses: name each with `[[witnesses.witness]]`"
            raise ValueError(message)
        try:
            _ = self.quorum
        except AuditError as error:
            raise ValueError(str(error)) from error
        return self


class Anchor(BaseModel):
    """The authority that puts its time to the log's checkpoints (RFC 3161), if there is one.

    *certificates* holds the authority's own certificate and those that vouch for it (PEM).
    """

    model_config = _SECTION

    url: AnyHttpUrl | None = None
    every_seconds: Annotated[float, Field(ge=60, le=604_800)] = 3600.0
    certificates: Path | None = None
    answer_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: AnyHttpUrl | None) -> AnyHttpUrl | None:
        return None if url is None else _require_safe(url)

    @model_validator(mode="after")
    def _has_certificates(self) -> Self:
        if self.url is not None and self.certificates is None:
            message = "the authority's certificates are named with `certificates`"
            raise ValueError(message)
        return self
