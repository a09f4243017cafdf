"""Certificate: TLS of our own web server, read anew while it serves."""

from __future__ import annotations

import ssl
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class TlsSettings(BaseModel):
    """PEM files: the certificate with those above it, and its key without a password."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    certificate: Path = Field(examples=["/etc/asterisk-crm-bridge/web.pem"])
    key: Path = Field(examples=["/etc/asterisk-crm-bridge/web.key"])


class CertificateUnusable(Exception):
    """The files cannot be used; the text says why."""


class Certificate:
    """`context` serves. Raises CertificateUnusable."""

    def __init__(self, settings: TlsSettings) -> None:
        self._settings = settings
        self.context = _context(settings)

    def read_anew(self) -> None:
        """Who comes from now on is shown what stands in the files now. Raises CertificateUnusable,
        and then the old one stands."""
        _context(self._settings)
        _load(self.context, self._settings)


def _context(settings: TlsSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load(context, settings)
    return context


def _load(context: ssl.SSLContext, settings: TlsSettings) -> None:
    def ask() -> str:
        raise CertificateUnusable("the key has a password, which nobody is there to type")

    try:
        context.load_cert_chain(settings.certificate, settings.key, ask)
    except ssl.SSLError as error:
        why = "they do not belong together" if "MISMATCH" in str(error) else "this is no PEM"
        raise CertificateUnusable(f"{settings.certificate} and {settings.key}: {why}") from error
    except OSError as error:
        raise CertificateUnusable(
            f"{settings.certificate} or {settings.key}: {error.strerror}"
        ) from error
