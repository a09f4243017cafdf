"""A link of ours under test, and what its consumer gets."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from bridge.ami.link import AmiLink
from tests.ami.clients import settings
from tests.ami.fake import FakeAsterisk

KINDS = {"Newchannel", "BridgeEnter", "Hangup"}


def to(pbx: FakeAsterisk, **other: Any) -> AmiLink:
    counters, started = other.pop("counters", None), other.pop("started", "")
    return AmiLink(
        settings(pbx.port, **other), KINDS, counters=counters, started=started, chance=lambda: -0.9
    )


def certificate(folder: Path) -> tuple[Path, Path]:
    cert, key = folder / "cert.pem", folder / "key.pem"
    subject = ["-subj", "/CN=pbx.example", "-addext", "subjectAltName=DNS:pbx.example"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    subprocess.run(
        [*command, "-nodes", "-days", "1", *subject, "-keyout", str(key), "-out", str(cert)],
        check=True,
        capture_output=True,
    )
    return cert, key
