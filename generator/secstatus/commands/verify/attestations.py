"""Who has signed a file: PEP 740 attestations, checked by the optional `pypi-attestations`.

The publisher that the index reports is a claim. It counts only when it names the repository that is
expected, and when the signature of an attestation proves that very publisher for these bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from secstatus.errors import shown
from secstatus.publishing.trusted_publisher import Publisher
from secstatus.publishing.verification import Attested

# An optional dependency, because it brings sigstore with all its requirements.
LIBRARY = "pypi_attestations"
MISSING = "not checked: pypi-attestations is not installed (pip install 'secstatus[attestations]')"


class _AttestationFailed(Exception):
    """The attestations do not prove what is required."""


def is_installed() -> bool:
    """Whether attestations can be checked here."""
    return _library() is not None


def check_attestation(
    provenance: str, name: str, sha256: str, expected: Publisher
) -> tuple[Attested, str]:
    """Whether the provenance, as JSON text, proves the file of this name and digest.

    `verified` needs at least one attestation; every one must hold, and every bundle must be of the
    expected publisher; an unknown workflow or environment is not compared. The second part
    names the signers, or the reason why it is not verified.
    """
    library = _library()
    if library is None:
        return Attested.NOT_CHECKED, MISSING
    # A valid signature of anyone proves nothing without the publisher that is expected.
    if not expected.slug:
        return Attested.NOT_CHECKED, "not checked: no repository is configured"
    try:
        # PEP 740: an attestation signs the name of the file and its SHA-256.
        distribution = library.Distribution(name=name, digest=sha256)
        bundles = library.Provenance.model_validate_json(provenance).attestation_bundles
        return Attested.VERIFIED, _signer(library, bundles, distribution, expected)
    except (_AttestationFailed, ValueError, library.AttestationError) as error:
        # pydantic's ValidationError is a ValueError.
        return Attested.FAILED, shown(str(error).strip().split("\n")[0])
    except Exception as error:  # what the library meets outside: its trust root, its own faults
        kind = type(error).__name__
        return Attested.NOT_CHECKED, f"not checked: {kind}: {shown(str(error)[:200])}"


def _library() -> Any:
    try:
        return import_module(LIBRARY)
    except ImportError:
        return None


def _signer(library: Any, bundles: Any, distribution: Any, expected: Publisher) -> str:
    """The signers. Raises _AttestationFailed or an error of the library unless every signature
    holds.
    """
    signers = [
        signer for bundle in bundles for signer in _proved(library, bundle, distribution, expected)
    ]
    if not signers:
        raise _AttestationFailed("the provenance holds no attestation")
    return ", ".join(sorted(set(signers)))


def _proved(library: Any, bundle: Any, distribution: Any, expected: Publisher) -> Iterator[str]:
    publisher = bundle.publisher
    _expect(library, publisher, expected)
    for attestation in bundle.attestations:
        attestation.verify(publisher, distribution)
        yield f"{publisher.repository}, workflow {shown(publisher.workflow)}"


def _expect(library: Any, publisher: Any, expected: Publisher) -> None:
    # PyPI has other trusted publishers, such as GitLab; only GitHub's can be configured here.
    if not isinstance(publisher, library.GitHubPublisher):
        raise _AttestationFailed(
            f"signed by a {type(publisher).__name__}, expected {expected.slug}"
        )
    # GitHub compares owner and name without regard to case.
    if publisher.repository.casefold() != (expected.slug or "").casefold():
        found = shown(publisher.repository)
        raise _AttestationFailed(f"signed by the repository {found}, expected {expected.slug}")
    if expected.workflow and publisher.workflow != expected.workflow:
        found = shown(publisher.workflow)
        raise _AttestationFailed(f"signed by the workflow {found}, expected {expected.workflow}")
    environment = publisher.environment or ""
    if expected.environment and environment.casefold() != expected.environment.casefold():
        found = shown(environment)
        raise _AttestationFailed(
            f"signed in the environment {found}, expected {expected.environment}"
        )
