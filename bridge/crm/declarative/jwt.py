"""JSON Web Tokens that we sign ourselves (RFC 7519), as a login or for one (RFC 7523)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any


def installed(algorithm: str) -> bool:
    """Whether this machine can sign so: HS256 needs nothing."""
    return algorithm == "HS256" or find_spec("cryptography") is not None


def signed(algorithm: str, key: str, claims: Mapping[str, Any], now: float, lasts: float) -> str:
    """`now` in unix seconds. Raises ValueError for a key that is none."""
    whole = {"iat": int(now), "exp": int(now + lasts), **claims}
    head = {"alg": algorithm, "typ": "JWT"}
    told = f"{_part(head)}.{_part(whole)}"
    sign = _rs256 if algorithm == "RS256" else _hs256
    return f"{told}.{_base64(sign(key, told.encode()))}"


def _hs256(key: str, told: bytes) -> bytes:
    return hmac.new(key.encode(), told, hashlib.sha256).digest()


def _rs256(key: str, told: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    private = load_pem_private_key(key.encode(), password=None)
    if not isinstance(private, RSAPrivateKey):
        raise ValueError("RS256 needs an RSA key in PEM")
    return private.sign(told, PKCS1v15(), SHA256())


def _part(data: Mapping[str, Any]) -> str:
    return _base64(json.dumps(data, separators=(",", ":")).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
