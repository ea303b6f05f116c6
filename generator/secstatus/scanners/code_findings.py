"""What every reader of code findings does with one: its fingerprint, its secrets, its severity."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from secstatus.findings.observation import Observation, ScanKind, SeverityClaim
from secstatus.scanners.fingerprints import fingerprint, squeeze_code, without_figures
from secstatus.scanners.secret_text import is_about_secrets, mask_code, mask_observation

LOW = "low"
_ABOVE_LOW = ("medium", "moderate", "high", "critical", "error", "warning", "severe", "important")
# Rules of tools that say "this file could not be read": ruff, flake8, pylint, semgrep and others.
_UNREADABLE = re.compile(
    r"(?:.*[/:.])?(?:(?:invalid|partial)[-_ ]?(?:syntax|parsing)|syntax[-_ ]?error"
    r"|pars(?:e|er|ing)[-_ ]?error|E999|E0001)",
    re.IGNORECASE,
)
_SAYS_UNREADABLE = re.compile(r"\W*(?:syntax ?error|pars(?:e|ing) error)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Flaw:
    """What identifies a code finding: its code, else the tool's own fingerprints, else its message.

    `around` is more of the code, where literals are looked for; `about` are more words on the rule:
    its name, its tags, its weakness.
    """

    code: str = ""
    own: tuple[str, ...] = ()
    message: str = ""
    around: str = ""
    about: tuple[str, ...] = ()


def finish_observation(observation: Observation, flaw: Flaw) -> Observation:
    """The observation with its fingerprint; what it may quote of a secret is masked."""
    texts = (observation.id, observation.title, flaw.message, *flaw.about)
    secret = is_about_secrets(observation.kind, *texts)
    found = replace(observation, fingerprint=_digest(observation, flaw, secret))
    return mask_observation(found, flaw.around or flaw.code) if secret else found


def _digest(observation: Observation, flaw: Flaw, secret: bool) -> str:
    """A secret's line is in no digest, the code around another one without its literals."""
    code = mask_code(flaw.code) if secret else flaw.code
    if observation.kind is not ScanKind.SECRETS and (plain := squeeze_code(code)):
        return fingerprint(observation.id, "code", plain)
    if flaw.own:
        return fingerprint(observation.id, "own", *flaw.own)
    return fingerprint(observation.id, "message", without_figures(flaw.message))


def with_confidence(claims: Iterable[SeverityClaim], confidence: str) -> tuple[SeverityClaim, ...]:
    """The claims; when the tool has low confidence in the finding none is above low."""
    if confidence.strip().lower() != LOW:
        return tuple(claims)
    return tuple(dict.fromkeys(_lowered(claim) for claim in claims))


def _lowered(claim: SeverityClaim) -> SeverityClaim:
    if claim.kind != "word":
        return SeverityClaim("word", claim.source, LOW)
    return replace(claim, value=LOW) if claim.value.lower() in _ABOVE_LOW else claim


def is_unreadable(rule: str, message: str) -> bool:
    """Whether a result says that its file could not be parsed: then it is no finding."""
    if rule:
        return _UNREADABLE.fullmatch(rule) is not None
    return _SAYS_UNREADABLE.match(message) is not None
