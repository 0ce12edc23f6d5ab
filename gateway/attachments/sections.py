"""The settings of attachments, `[attachments]`, checked when the gateway starts."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.attachments import kinds


class Attachments(BaseModel):
    """Which attachments are taken, and what scans them: the settings' section `[attachments]`.

    *scanner* is where clamd listens: `unix:/run/clamav/clamd.ctl`, or `tcp:127.0.0.1:3310` on this
    machine. Without one, all are held as not scanned.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    media_types: tuple[str, ...] = tuple(one for one in kinds.KINDS if one != kinds.DOCX)
    max_bytes: Annotated[int, Field(ge=1, le=32 * 2**20)] = 4 * 2**20
    max_count: Annotated[int, Field(ge=0, le=100)] = 20
    scanner: Annotated[
        str, Field(pattern=r"^(unix:/.{1,100}|tcp:(127\.0\.0\.1|localhost|\[::1\]):\d{1,5})?$")
    ] = ""
    scan_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0
    retry_seconds: Annotated[float, Field(gt=0, le=86_400)] = 60.0
    overdue_hours: Annotated[float, Field(gt=0, le=720)] = 4.0

    @model_validator(mode="after")
    def _can_be_told(self) -> Self:
        for one in self.media_types:
            if one not in kinds.KINDS:
                message = f"`media_types` takes only these: {', '.join(kinds.KINDS)}"
                raise ValueError(message)
        return self
