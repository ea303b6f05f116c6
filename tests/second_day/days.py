"""What happens on the second day, and on the third where there is one: a list of deliveries each.

| day | what the scanner delivers |
| --- | --- |
| same | the bytes of the first day, ingested once more an hour later |
| rerun | a week later: a new run with the same result |
| silent | the same target, in which the package is still at the same version; it is not reported |
| mended | the package at the fixed version, or the code without the flaw; alerts: state fixed |
| failed | the tool's own way of failing |
| cut | the first two thirds of the file |
| root | the checkout at an absolute path, then at another one |
| subset | a part of the target, without the package or file of the finding |
| superset | a larger target, the finding still in it |
| newer | another version of the tool |
| format | the same result in the tool's other format, in its place |
| both | the same result in both formats |
| missed | no report of it |
| back | mended, and a week later there again |
| recovered | cut, and a week later whole again |
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tests.second_day.formats import ALERTS, CODE, CONFIG, NPM, PACKAGES
from tests.second_day.seen import NEWER, Advisory, Flaw, Seen

# A weekly job that runs a day early: after seven days an unknown severity is released as a high one.
WEEK = timedelta(days=6)
FIRST = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
JINJA = Advisory("jinja2", "3.1.4", ("GHSA-8r7q-2h4j-9x5v", "CVE-2026-40001"), fixed="3.1.5")
SEMVER = Advisory("semver", "7.3.0", ("GHSA-c2qf-rxjj-7v6w", "CVE-2026-40002"), fixed="7.5.2")
CALL = Flaw("src/lantern/a.py", 12, "subprocess.call(command, shell=True)")
USER = Flaw("Dockerfile", 2, "USER root")
PYTHON = {"jinja2": "3.1.4", "markupsafe": "2.1.5", "idna": "3.7"}
JAVASCRIPT = {"semver": "7.3.0", "lru-cache": "6.0.0", "yallist": "4.0.0"}
CODE_FILES = ("src/lantern/a.py", "src/lantern/b.py")
CONFIG_FILES = ("Dockerfile", "tools/Dockerfile")
ROOTS = ("/builds/acme/lantern/", "/builds/runner-7/checkout/lantern/")
DAYS = [line.split("|")[1].strip() for line in __doc__.splitlines() if line.startswith("| ")][2:]


@dataclass(frozen=True)
class Delivery:
    """The reports of one run, by file; `packages` are those that are truly installed."""

    at: datetime
    files: dict[str, str]
    packages: dict[str, str]
    exits: tuple[str, ...] = ()
    later: timedelta = timedelta(minutes=5)


def first_look(form, at):
    """What the scanner sees on the first day."""
    looks = {
        PACKAGES: Seen(at, PYTHON, (JINJA,)),
        NPM: Seen(at, JAVASCRIPT, (SEMVER,)),
        ALERTS: Seen(at, PYTHON, (JINJA,), CODE_FILES, (CALL,)),
        CODE: Seen(at, files=CODE_FILES, flaws=(CALL,)),
        CONFIG: Seen(at, files=CONFIG_FILES, flaws=(USER,)),
    }
    return looks[form.target]


def mended_look(form, at):
    seen = first_look(form, at)
    packages = {**seen.packages, **{each.package: each.fixed for each in seen.advisories}}
    if form.target != ALERTS:
        return replace(seen, packages=packages, advisories=(), flaws=())
    closed = [replace(each, closed="fixed") for each in seen.advisories]
    mended = [replace(each, closed="fixed") for each in seen.flaws]
    return replace(seen, packages=packages, advisories=tuple(closed), flaws=tuple(mended))


def _part(form, at):
    seen = replace(first_look(form, at), advisories=(), flaws=(), manifest="docs/requirements.txt")
    last = dict([list(seen.packages.items())[-1]]) if seen.packages else {}
    return replace(seen, packages=last, files=seen.files[1:])


def _more(form, at):
    seen = first_look(form, at)
    packages = {**seen.packages, "blinker": "1.8.2"} if seen.packages else {}
    return replace(seen, packages=packages, files=(*seen.files, "tools/c.py"))


def text_of(document):
    return document if isinstance(document, str) else json.dumps(document, indent=1)


def delivered(form, seen, build=None, **more):
    """The delivery of one run in which the scanner saw this."""
    truth = seen.packages if form.target == PACKAGES and len(seen.packages) > 2 else PYTHON
    files = {form.file: text_of((build or form.build)(seen))}
    return Delivery(seen.at, files, truth, **more)


def first_delivery(form):
    return delivered(form, first_look(form, FIRST))


def _cut(form, at):
    whole = delivered(form, first_look(form, at))
    (text,) = whole.files.values()
    return replace(whole, files={form.file: text[: len(text) * 2 // 3]})


def _other_format(form, at, *, both):
    one = delivered(form, first_look(form, at))
    other = {form.other_file: text_of(form.other(first_look(form, at)))}
    return replace(one, files={**one.files, **other} if both else other)


def deliver(form, day, at):
    """What is delivered on a day of that name."""
    seen = first_look(form, at)
    made = {
        "same": lambda: replace(first_delivery(form), later=timedelta(hours=1)),
        "rerun": lambda: delivered(form, seen),
        "silent": lambda: delivered(form, replace(seen, advisories=(), flaws=())),
        "mended": lambda: delivered(form, mended_look(form, at)),
        "failed": lambda: delivered(form, seen, form.failed, exits=form.exits),
        "cut": lambda: _cut(form, at),
        "subset": lambda: delivered(form, _part(form, at)),
        "superset": lambda: delivered(form, _more(form, at)),
        "newer": lambda: delivered(form, replace(seen, tool=NEWER)),
        "format": lambda: _other_format(form, at, both=False),
        "both": lambda: _other_format(form, at, both=True),
        "missed": lambda: Delivery(at, {}, PYTHON),
    }
    return made[day]()


def deliveries(form, day):
    """What is delivered after the first day."""
    at, later = FIRST + WEEK, FIRST + 2 * WEEK
    if day == "root":
        looks = [
            replace(first_look(form, each), root=root)
            for each, root in zip((at, later), ROOTS, strict=True)
        ]
        return [delivered(form, each) for each in looks]
    parts = {"back": ("mended", "rerun"), "recovered": ("cut", "rerun")}.get(day, (day,))
    return [deliver(form, part, each) for part, each in zip(parts, (at, later), strict=False)]
