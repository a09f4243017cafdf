"""Settings of the recordings: where they come from, how long we wait, what we make and keep."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, ByteSize, ConfigDict, Field, SecretStr


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PathMapping(_Strict):
    """A folder as the PBX names it, and where this machine sees the same folder."""

    pbx: PurePosixPath = PurePosixPath("/var/spool/asterisk/monitor")
    local: Path = Path("/var/spool/asterisk/monitor")


class Patience(_Strict):
    """Seconds after the recorder stopped, but for `still`: how long the size must not change."""

    still: float = Field(default=0.5, gt=0)
    look_every: float = Field(default=0.25, gt=0)
    appear_within: float = Field(default=10, gt=0)
    sound_within: float = Field(default=5, gt=0)
    header_within: float = Field(default=30, gt=0)
    grow_within: float = Field(default=3600, gt=0)


# Over a network a look costs a request, and a file server may show a size late.
REMOTE = Patience(still=2, look_every=1, appear_within=30)


class HttpSource(_Strict):
    """The folder as a web server shows it: `url` and the rest of the path behind it."""

    kind: Literal["http"]
    url: str = Field(pattern="^https?://", examples=["https://pbx.example/monitor/"])
    username: str = ""
    password: SecretStr | None = None
    token: SecretStr | None = Field(None, description="sent as a bearer token")
    tls_ca: Path | None = Field(None, description="the authority to trust; default: the system's")


class SftpSource(_Strict):
    """The folder over SFTP. The host's key is always checked against `known_hosts`."""

    kind: Literal["sftp"]
    host: str = Field(min_length=1, examples=["pbx.example"])
    port: int = Field(default=22, ge=1, le=65535)
    username: str = Field(min_length=1, examples=["recordings"])
    key: Path | None = Field(None, description="file of our private key")
    password: SecretStr | None = None
    known_hosts: Path = Field(examples=["/etc/asterisk-crm-bridge/known_hosts"])
    folder: PurePosixPath | None = Field(None, description="over there; default: `pbx`")


RemoteSource = Annotated[HttpSource | SftpSource, Field(discriminator="kind")]


class Format(StrEnum):
    WAV = "wav"
    MP3 = "mp3"
    OPUS = "opus"


class Keep(_Strict):
    """How long our own copies stay once nobody waits for them; without a limit, for ever."""

    days: float | None = Field(None, gt=0)
    at_most: ByteSize | None = Field(None, gt=0, description="of all copies, as 20GB")


class RecordingPolicy(_Strict):
    """What is made of recordings and how long they are kept. wav: as the PBX wrote it."""

    format: Format = Format.WAV
    bitrate: int = Field(32, ge=8, le=320, description="kbit a second, of mp3 and opus")
    at_once: int = Field(1, ge=1, le=16, description="conversions side by side")
    convert_within: timedelta = Field(timedelta(minutes=10), gt=timedelta())
    late_within: timedelta = Field(
        timedelta(days=1), description="a file that was missing is looked for so long"
    )
    keep: Keep = Keep()

    @property
    def needs_ffmpeg(self) -> bool:
        return self.format is not Format.WAV
