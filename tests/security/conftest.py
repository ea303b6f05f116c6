"""Uploads to an index on loopback."""

from tests.publishing.uploads import keys, no_credentials, release, stub, told

__all__ = ["keys", "no_credentials", "release", "stub", "told"]
