"""Settings of the recordings: where the PBX writes them, where we keep them, how long we wait."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, Field


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


class RecordingsSettings(_Strict):
    """`keep` is the folder of our own copies. A relative path of the PBX is in the first folder."""

    keep: Path
    folders: tuple[PathMapping, ...] = Field(default=(PathMapping(),), min_length=1)
    patience: Patience = Patience()
