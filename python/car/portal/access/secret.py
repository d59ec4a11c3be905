"""Secrets that browsers hold: made at random, and kept here as hashes alone."""

import hashlib
import secrets

_BYTES = 32


def new_secret() -> str:
    """Give 256 bits from the operating system, as text for a cookie or a URL."""
    return secrets.token_urlsafe(_BYTES)


def hashed(secret: str) -> bytes:
    """Give what is stored of a secret; who reads the store cannot use it."""
    return hashlib.sha256(secret.encode()).digest()
