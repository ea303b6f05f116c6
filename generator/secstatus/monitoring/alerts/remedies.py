"""What each kind of alert means, and what helps: in plain words, for whoever has to act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from secstatus.monitoring.alerts.terms import AlertKind


@dataclass(frozen=True, slots=True)
class Explained:
    """`title` is a sentence without its stop; the others are whole sentences."""

    title: str
    meaning: str
    remedy: str


EXPLAINED: Mapping[AlertKind, Explained] = {
    AlertKind.DOWN: Explained(
        "The published site does not answer",
        "Visitors see an error instead of the security status.",
        "Open the address. If it fails for you too, look at the state of the host and at the last"
        " deployment, then deploy again: `secstatus deploy`.",
    ),
    AlertKind.CERTIFICATE: Explained(
        "The certificate of the site cannot be trusted",
        "Browsers warn of the site. Somebody may stand between it and its visitors.",
        "Renew the certificate, or correct the name that it is for. If it is in order where the"
        " site is hosted, find out who answers in its place.",
    ),
    AlertKind.SLOW: Explained(
        "The site answers slowly",
        "What is served is right, but visitors wait for it.",
        "Look at the load of the host and at its cache. If it is as fast as it can be, raise"
        " `slow_ms` in the configuration.",
    ),
    AlertKind.STALE: Explained(
        "The published status is too old",
        "What the site says of the security of the package is no longer valid.",
        "Find out why the scheduled scan, build or deployment did not run, then run it:"
        " `secstatus ingest`, `secstatus build`, `secstatus deploy`.",
    ),
    AlertKind.TAMPERED: Explained(
        "The site serves what was not published",
        "Files differ from the manifest that was published with them, or the whole site is not the"
        " one that was deployed. Until the contrary is known, take it for an attack.",
        "Compare the site with a fresh build, and look who may write to the branch or the host."
        " Keep a copy of what is served, then deploy again.",
    ),
    AlertKind.HALF_DEPLOYED: Explained(
        "The site is half deployed",
        "Files of two builds are served side by side, or some are missing. Page, badges and API"
        " may contradict each other.",
        "Deploy the whole site again: `secstatus deploy --wait 900`. If it stays so, clear the"
        " cache of the host.",
    ),
    AlertKind.NOT_ARRIVED: Explained(
        "The site that was deployed did not arrive",
        "An older site is served as a whole. It is in accord with itself, but it may keep silent"
        " about what was found since.",
        "Look at the state of the host, and whether it still publishes this branch. Deploy again:"
        " `secstatus deploy --wait 900`. If it stays so, find out who serves the old one.",
    ),
    AlertKind.EXPIRY: Explained(
        "The certificate or the status of the site is about to lapse",
        "After that, visitors are warned of the site, or it says nothing that is still valid.",
        "Renew the certificate, or run the scans and deploy what they find.",
    ),
    AlertKind.PUBLISHING_FAILURE: Explained(
        "A release did not come out as it was built",
        "Users cannot get the version that was decided on, or the index has other files of it.",
        "Read the reason. `secstatus diagnose` on the log names the remedy, `secstatus verify`"
        " compares the index with what was built. If files differ, yank the release first.",
    ),
    AlertKind.AUTHENTICATION_ERROR: Explained(
        "The package index did not accept who publishes",
        "No release can come out until the trusted publisher or the token is right.",
        "Run `secstatus diagnose` on the log: it shows the claims beside the publisher, and what"
        " to enter on the index. Renew a token that has lapsed.",
    ),
    AlertKind.STATUS_UPDATE_FAILURE: Explained(
        "The security status could not be brought up to date",
        "The site goes on saying what was known before, until that lapses.",
        "Read the reason and the log of the run, put it right, and run it again.",
    ),
    AlertKind.UNUSUAL_RELEASES: Explained(
        "Releases are not as usual",
        "A mistake in a workflow can do that, and so can somebody who publishes in your name.",
        "Look whether these releases are yours. If one is not: yank it, revoke the tokens and"
        " remove the publisher on the index. If all are, raise `most_releases`.",
    ),
    AlertKind.SILENCE: Explained(
        "No scan has run for too long",
        "Nobody looks for new vulnerabilities at present.",
        "Look at the schedules of the workflows and switch on those that are off; GitHub switches"
        " them off 60 days after the last push. Then run the scan by hand.",
    ),
}
