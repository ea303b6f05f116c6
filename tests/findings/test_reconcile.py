"""What a run of scans does to the ledger: laws on generated histories, then one case each."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.errors import UsageError
from secstatus.findings.ledger import FindingState, Ledger, LedgerFinding, Scan
from secstatus.findings.ledger_file import read_ledger, write_ledger
from secstatus.findings.observation import (
    Observation,
    ScanKind,
    ScanReport,
    SeverityClaim,
    Skipped,
    Verdict,
)
from secstatus.findings.reconcile import Reconciled, reconcile

START = datetime(2031, 3, 3, 9, tzinfo=UTC)
LATE = START + timedelta(days=400)
INCOMPLETE = (Verdict.PARTIAL, Verdict.FAILED, Verdict.UNSTATED)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def dependencies(
    at: int,
    *seen: Observation,
    scanner: str = "pip-audit",
    verdict: Verdict = Verdict.COMPLETE,
    inventory: Mapping[str, tuple[str, ...]] | None = None,
    **more: object,
) -> Scan:
    report = ScanReport(
        scanner, ScanKind.DEPENDENCIES, verdict, seen, audited=9, inventory=inventory
    )
    return Scan(replace(report, **more), day(at), f"{scanner}-{at}")  # type: ignore[arg-type]


def code(
    at: int,
    *seen: Observation,
    verdict: Verdict = Verdict.COMPLETE,
    scope: Iterable[str] = ("src/a.py", "src/b.py"),
    skipped: tuple[Skipped, ...] = (),
) -> Scan:
    report = ScanReport(
        "bandit", ScanKind.CODE, verdict, seen, audited=99, scope=tuple(scope), skipped=skipped
    )
    return Scan(report, day(at), f"bandit-{at}")


def vex(at: int, *seen: Observation) -> Scan:
    report = ScanReport("openvex", ScanKind.STATEMENTS, Verdict.UNSTATED, seen)
    return Scan(report, day(at), f"openvex-{at}")


def after(*runs: Iterable[Scan]) -> Reconciled:
    """The last of several runs, each on the ledger of the one before."""
    result = Reconciled(Ledger())
    for run in runs:
        result = reconcile(result.ledger, run, LATE)
    return result


def only(result: Reconciled) -> LedgerFinding:
    (finding,) = result.ledger.findings
    return finding


VOGEL = Observation("PYSEC-2031-1", ("CVE-2031-1",), "vogel", "1.0", fix_versions=("1.1",))
FOUND = dependencies(0, VOGEL, inventory={"vogel": ("1.0",), "nest": ("3",)})
UPGRADED = {"vogel": ("1.1",), "nest": ("3",)}
GONE = {"nest": ("3",)}


# Generated runs. The pools are small, so that ids, places and packages meet often.

ids = st.sampled_from(["CVE-2031-1", "cve-2031-1", "CVE-2031-2", "GHSA-aa", "GHSA-bb", "PYSEC-1"])
packages = st.sampled_from(["vogel", "Vogel", "nest_box", "nest-box", ""])
versions = st.sampled_from(["1.0", "1.0.0", "1.1", "2", ""])
words = st.sampled_from(["", "a", "bb", "a long text"])
claims = st.builds(
    SeverityClaim,
    st.just("word"),
    st.sampled_from(["GHSA", "NVD"]),
    st.sampled_from(["LOW", "HIGH"]),
)
advisories = st.builds(
    Observation,
    id=ids,
    aliases=st.lists(ids, max_size=2).map(tuple),
    package=packages,
    version=versions,
    severities=st.lists(claims, max_size=2).map(tuple),
    fix_versions=st.lists(versions, max_size=2).map(tuple),
    title=words,
    description=words,
    references=st.lists(words, max_size=1).map(tuple),
    published=st.none() | st.dates(date(2030, 1, 1), date(2030, 1, 5)),
    withdrawn=st.sampled_from([False, False, False, True]),
    suppressed=st.sampled_from(["", "", "not reachable"]),
)
files = ["src/a.py", "./src/b.py", "src\\b.py", "c.py"]
places = st.builds("{}:{}".format, st.sampled_from(files), st.integers(1, 4)) | st.just("")
in_code = st.builds(
    Observation,
    id=st.sampled_from(["B101", "B105"]),
    kind=st.just(ScanKind.CODE),
    location=places,
    fingerprint=st.sampled_from(["", "f1", "f2"]),
    title=words,
)
listed = st.lists(versions, min_size=1, max_size=2).map(tuple)
inventories = st.sampled_from([None, True, True, True]).flatmap(
    lambda some: st.dictionaries(packages.filter(bool), listed, max_size=3) if some else st.none()
)


digests = st.integers(1, 10**6).map(str)
MOSTLY = (*[Verdict.COMPLETE] * 5, *Verdict)


@st.composite
def generated_scans(draw: st.DrawFn, verdicts: Iterable[Verdict] = MOSTLY) -> Scan:
    kind = draw(st.sampled_from([ScanKind.DEPENDENCIES] * 4 + [ScanKind.CODE, ScanKind.SECRETS]))
    advisory = kind is ScanKind.DEPENDENCIES
    names = ["pip-audit", "trivy"] if advisory else [f"{kind}-scanner"]
    report = ScanReport(
        scanner=draw(st.sampled_from(names)),
        kind=kind,
        verdict=draw(st.sampled_from(list(verdicts))),
        observations=tuple(draw(st.lists(advisories if advisory else in_code, max_size=4))),
        audited=draw(st.sampled_from([5, 9, 5, 9, None, 0])),
        skipped=draw(
            st.sampled_from([(), (), (), (Skipped("vogel", "own"),), (Skipped("src/a.py"),)])
        ),
        inventory=draw(inventories) if advisory else None,
        scope=tuple(draw(st.lists(st.sampled_from(files), max_size=3))),
    )
    moment = START + timedelta(hours=draw(st.integers(0, 96)))
    return Scan(report, moment, draw(digests))


statements = st.builds(
    vex,
    st.integers(0, 3),
    st.builds(
        Observation,
        id=ids,
        package=packages,
        statement=st.sampled_from(["affected", "not_affected", "fixed", "exploitable"]),
    ),
)
good_news = st.builds(
    vex,
    st.integers(0, 3),
    st.builds(
        Observation,
        id=ids,
        package=packages,
        statement=st.sampled_from(["not_affected", "fixed", "false_positive", "resolved"]),
    ),
)
one_scan = generated_scans() | generated_scans() | statements
runs = st.lists(one_scan, max_size=4, unique_by=lambda scan: scan.digest)


def _one_after_the_other(history: list[list[Scan]]) -> Ledger:
    """Each run two days after the one before; the scans of one run spread over four."""
    first = START - timedelta(days=2 * len(history))
    later = [first + timedelta(days=2 * number) - START for number in range(len(history))]
    moved = [
        [replace(scan, scanned_at=scan.scanned_at + by) for scan in run]
        for by, run in zip(later, history, strict=True)
    ]
    return after(*moved).ledger


histories = st.lists(runs, max_size=4).map(_one_after_the_other)


def owners(ledger: Ledger, before: LedgerFinding) -> list[LedgerFinding]:
    """The findings of the ledger that hold an id of an earlier one."""
    names = {name.casefold() for name in before.ids}
    return [
        finding
        for finding in ledger.findings
        if finding.is_advisory == before.is_advisory
        and finding.key[1] == before.key[1]
        and names & {name.casefold() for name in finding.ids}
    ]


def counted(ledger: Ledger) -> list[LedgerFinding]:
    return [finding for finding in ledger.findings if finding.state.counts]


def without_observations(scan: Scan) -> Scan:
    return replace(scan, report=replace(scan.report, observations=()))


@given(histories, runs)
def test_the_same_scans_again_change_no_byte(ledger: Ledger, run: list[Scan]) -> None:
    once = reconcile(ledger, run, LATE)
    again = reconcile(once.ledger, run, LATE + timedelta(days=1))
    assert write_ledger(again.ledger) == write_ledger(once.ledger)
    assert again.new + again.resolved + again.reopened + again.withdrawn == ()


@given(histories, runs, st.randoms(use_true_random=False))
def test_order_is_nothing(ledger: Ledger, run: list[Scan], chance: random.Random) -> None:
    shuffled = []
    for scan in run:
        seen = list(scan.report.observations)
        chance.shuffle(seen)
        aliases = [replace(each, aliases=each.aliases[::-1]) for each in seen]
        shuffled.append(replace(scan, report=replace(scan.report, observations=tuple(aliases))))
    chance.shuffle(shuffled)
    assert reconcile(ledger, shuffled, LATE) == reconcile(ledger, run, LATE)


@given(histories)
def test_written_and_read_is_the_same(ledger: Ledger) -> None:
    text = write_ledger(ledger)
    assert read_ledger(text, "ledger.json") == ledger
    assert write_ledger(read_ledger(text, "ledger.json")) == text


@given(histories, runs)
def test_nothing_disappears_and_discovery_dates_do_not_move(
    ledger: Ledger, run: list[Scan]
) -> None:
    result = reconcile(ledger, run, LATE).ledger
    for finding in ledger.findings:
        (owner,) = owners(result, finding)
        known = [each for each in ledger.findings if owner in owners(result, each)]
        assert owner.discovered == min(each.discovered for each in known)
        assert owner.finding_id in [each.finding_id for each in known]
        over = {episode for each in known for episode in map(str, each.episodes)}
        closed = {text for text in over if "closed=None" not in text}
        assert closed <= set(map(str, owner.episodes))
        assert {*finding.scanners} <= {*owner.scanners}
        assert {*finding.references, *finding.versions} <= {*owner.references, *owner.versions}
        assert len(owner.description) >= len(finding.description)


@given(histories, runs)
def test_everything_that_is_reported_is_in_the_ledger_and_counts(
    ledger: Ledger, run: list[Scan]
) -> None:
    result = reconcile(ledger, run, LATE).ledger
    for scan in run:
        if scan.report.kind is ScanKind.STATEMENTS:
            continue
        for seen in scan.report.observations:
            holders = [
                finding
                for finding in result.findings
                if scan.report.scanner in finding.scanners
                and (
                    finding.rule == seen.id
                    or {seen.id.casefold()} <= {name.casefold() for name in finding.ids}
                )
                and (not seen.package or finding.key[1] == seen.package.lower().replace("_", "-"))
            ]
            assert holders
            assert seen.withdrawn or any(finding.state is FindingState.OPEN for finding in holders)


@given(histories, runs)
def test_only_a_complete_scan_closes(ledger: Ledger, run: list[Scan]) -> None:
    result = reconcile(ledger, run, LATE).ledger
    verdicts: dict[str, set[Verdict]] = {}
    for scan in run:
        empty = scan.report.audited == 0 and scan.report.verdict is Verdict.COMPLETE
        verdict = Verdict.FAILED if empty else scan.report.verdict
        verdicts.setdefault(scan.report.scanner, set()).add(verdict)
    for finding in counted(ledger):
        (owner,) = owners(result, finding)
        if not owner.state.counts:
            proving = [name for name in owner.scanners if verdicts.get(name) == {Verdict.COMPLETE}]
            assert proving
            assert any(name in owner.episodes[-1].evidence for name in proving)


@given(histories, st.lists(generated_scans(INCOMPLETE) | statements, max_size=4))
def test_incomplete_scans_close_nothing(ledger: Ledger, run: list[Scan]) -> None:
    result = reconcile(ledger, run, LATE)
    assert not result.resolved
    for finding in counted(ledger):
        assert all(owner.state.counts for owner in owners(result.ledger, finding))


@given(histories, runs, generated_scans((Verdict.PARTIAL, Verdict.FAILED)))
def test_a_broken_scan_with_less_in_it_improves_nothing(
    ledger: Ledger, run: list[Scan], broken: Scan
) -> None:
    fuller = reconcile(ledger, [*run, broken], LATE).ledger
    emptier = reconcile(ledger, [*run, without_observations(broken)], LATE).ledger
    for finding in counted(ledger):
        known = broken.report.scanner in finding.scanners
        if known and any(owner.state.counts for owner in owners(fuller, finding)):
            assert all(owner.state.counts for owner in owners(emptier, finding))


@given(histories, runs, generated_scans(INCOMPLETE))
def test_one_more_incomplete_scan_improves_nothing(
    ledger: Ledger, run: list[Scan], more: Scan
) -> None:
    without = reconcile(ledger, run, LATE).ledger
    with_it = reconcile(ledger, [*run, more], LATE).ledger
    for finding in counted(without):
        assert all(owner.state.counts for owner in owners(with_it, finding))


@given(histories, st.lists(good_news, max_size=3))
def test_statements_without_a_reason_change_no_finding(ledger: Ledger, run: list[Scan]) -> None:
    assert reconcile(ledger, run, LATE).ledger.findings == ledger.findings


@given(histories, runs)
def test_the_lists_tell_what_happened(ledger: Ledger, run: list[Scan]) -> None:
    result = reconcile(ledger, run, LATE)
    states = {finding.finding_id: set() for finding in result.ledger.findings}
    for finding in result.ledger.findings:
        states[finding.finding_id].add(finding.state)
    for names, state in [
        (result.new + result.seen + result.reopened, FindingState.OPEN),
        (result.resolved, FindingState.RESOLVED),
        (result.unobserved, FindingState.UNOBSERVED),
        (result.withdrawn, FindingState.WITHDRAWN),
    ]:
        assert all(state in states[name] for name in names)
    changed = result.ledger != ledger
    assert result.ledger.revision == ledger.revision + changed


# One case each.


def test_a_new_finding() -> None:
    result = after([FOUND])
    finding = only(result)
    assert result.new == ("PYSEC-2031-1",)
    assert (finding.state, finding.discovered) == (FindingState.OPEN, START.date())
    assert (finding.aliases, finding.scanners) == (("CVE-2031-1",), ("pip-audit",))
    assert finding.episodes[0].opened == START.date()


@pytest.mark.parametrize("inventory", [UPGRADED, GONE])
def test_resolved_with_evidence(inventory: Mapping[str, tuple[str, ...]]) -> None:
    result = after([FOUND], [dependencies(7, inventory=inventory)])
    finding = only(result)
    assert result.resolved == ("PYSEC-2031-1",)
    assert finding.state is FindingState.RESOLVED
    (episode,) = finding.episodes
    assert (episode.closed, episode.outcome) == (date(2031, 3, 10), "resolved")
    for part in ("pip-audit", "2031-03-10T09:00:00Z", "vogel"):
        assert part in episode.evidence


@pytest.mark.parametrize(
    ("scan", "why"),
    [
        (dependencies(7, inventory={"vogel": ("1.0.0",)}), "still at 1"),
        (dependencies(7, inventory={"vogel": ("1.0+local",)}), "still at 1"),
        (dependencies(7, inventory={"vogel": ("1.1", "1.0")}), "still at 1"),
        (dependencies(7, inventory={"vogel": ("",)}), "the version of vogel is not known"),
        (dependencies(7, inventory=None), "does not list the packages"),
        (dependencies(7, inventory={}), "does not list the packages"),
        (dependencies(7, inventory=GONE, verdict=Verdict.PARTIAL), "is partial"),
        (dependencies(7, inventory=GONE, verdict=Verdict.FAILED), "is failed"),
        (dependencies(7, inventory=GONE, verdict=Verdict.UNSTATED), "is unstated"),
        (dependencies(7, inventory=GONE, audited=0), "is failed"),
        (dependencies(7, inventory=GONE, skipped=(Skipped("Vogel", "own"),)), "skipped vogel"),
    ],
)
def test_unobserved_without_evidence(scan: Scan, why: str) -> None:
    result = after([FOUND], [scan])
    assert result.unobserved == ("PYSEC-2031-1",)
    assert only(result).state is FindingState.UNOBSERVED
    assert why in only(result).reason
    assert only(result).episodes[-1].closed is None


@pytest.mark.parametrize(
    "scan",
    [
        dependencies(7, inventory=GONE, scanner="trivy"),
        dependencies(0, inventory=GONE),
        dependencies(-1, inventory=GONE),
        code(7),
    ],
)
def test_scans_of_others_and_older_ones_do_not_touch(scan: Scan) -> None:
    assert only(after([FOUND], [scan])) == only(after([FOUND]))


def test_an_older_scan_than_the_latest_proves_nothing() -> None:
    broken = dependencies(9, verdict=Verdict.PARTIAL)
    result = after([FOUND], [broken], [dependencies(7, inventory=GONE)])
    assert "older" in only(result).reason
    assert result.ledger.scans[0].scanned_at == day(9)


def test_two_reports_of_one_scanner_are_one_scan() -> None:
    clean = dependencies(7, inventory=GONE)
    broken = dependencies(8, inventory=None, verdict=Verdict.FAILED)
    assert after([FOUND], [clean, broken]).unobserved
    partial = dependencies(8, inventory=GONE, verdict=Verdict.PARTIAL)
    assert after([FOUND], [clean, partial]).unobserved
    unlisted = dependencies(8, inventory=None)
    assert after([FOUND], [clean, unlisted]).unobserved
    other = dependencies(8, inventory={"vogel": ("1.0",)})
    assert after([FOUND], [clean, other]).unobserved
    older = dependencies(-1, inventory=GONE)
    assert not after([FOUND], [clean, older]).resolved
    two = after([FOUND], [clean, dependencies(10, inventory={"other": ("2",)})])
    assert two.resolved
    scan = two.ledger.scans[0]
    assert (scan.scanned_at, scan.audited, scan.inventory_size) == (day(7), 18, 2)
    assert scan.digests == ("pip-audit-10", "pip-audit-7")
    assert scan.last_complete is not None
    assert scan.last_complete.reports == 2


def test_a_scan_given_twice_counts_once() -> None:
    assert after([FOUND, FOUND]) == after([FOUND])


def test_another_scanner_contradicts() -> None:
    seen = dependencies(7, VOGEL, scanner="trivy", verdict=Verdict.UNSTATED)
    assert after([FOUND], [dependencies(8, inventory=GONE), seen]).seen
    listed = dependencies(7, inventory={"vogel": ("1.0",)}, scanner="uv-audit")
    assert after([FOUND], [dependencies(8, inventory=GONE), listed]).unobserved
    both = [FOUND, dependencies(0, VOGEL, scanner="trivy")]
    broken = dependencies(8, scanner="trivy", verdict=Verdict.PARTIAL)
    assert after(both, [dependencies(8, inventory=GONE), broken]).unobserved
    silent = dependencies(8, scanner="trivy", verdict=Verdict.UNSTATED)
    assert after(both, [dependencies(8, inventory=GONE), silent]).resolved


def test_reopened_is_a_new_episode_of_the_same_finding() -> None:
    gone = [dependencies(7, inventory=GONE)]
    back = [dependencies(14, replace(VOGEL, id="CVE-2031-1", aliases=()), inventory=GONE)]
    result = after([FOUND], gone, back)
    finding = only(result)
    assert result.reopened == ("PYSEC-2031-1",)
    assert (finding.state, finding.discovered) == (FindingState.OPEN, START.date())
    assert [episode.opened for episode in finding.episodes] == [
        date(2031, 3, 3),
        date(2031, 3, 17),
    ]
    assert finding.episodes[0].outcome == "resolved"
    assert finding.episodes[1].closed is None


def test_an_older_scan_brings_back_what_a_newer_one_closed() -> None:
    gone = [dependencies(7, inventory=GONE)]
    late = [dependencies(3, VOGEL, scanner="trivy")]
    back = only(after([FOUND], gone, late))
    assert [episode.opened for episode in back.episodes] == [date(2031, 3, 3), date(2031, 3, 10)]
    later = [dependencies(5, inventory=GONE, scanner="trivy")]
    assert only(after([FOUND], gone, late, later)).episodes[1].closed == date(2031, 3, 10)


def test_seen_again_clears_the_doubt() -> None:
    result = after([FOUND], [dependencies(7, inventory=None)], [dependencies(8, VOGEL)])
    assert (only(result).state, only(result).reason) == (FindingState.OPEN, "")
    assert result.seen == ("PYSEC-2031-1",)


WITHDRAWN = replace(VOGEL, withdrawn=True)


def test_withdrawn_is_not_resolved() -> None:
    result = after([FOUND], [dependencies(7, WITHDRAWN, inventory=UPGRADED)])
    assert result.withdrawn == ("PYSEC-2031-1",)
    assert not result.resolved
    assert only(result).episodes[-1].outcome == "withdrawn"


@pytest.mark.parametrize(
    "run",
    [
        [dependencies(7, WITHDRAWN, verdict=Verdict.UNSTATED)],
        [dependencies(7, WITHDRAWN, replace(VOGEL, id="GHSA-x", aliases=("CVE-2031-1",)))],
        [dependencies(7, WITHDRAWN), dependencies(7, VOGEL, scanner="trivy")],
        [dependencies(7, WITHDRAWN, scanner="trivy")],
    ],
)
def test_withdrawn_only_when_all_agree(run: list[Scan]) -> None:
    assert only(after([FOUND], run)).state.counts


def test_withdrawn_needs_a_complete_scan_of_every_scanner() -> None:
    before = [FOUND, dependencies(0, VOGEL, scanner="trivy")]
    silent = dependencies(8, scanner="trivy", verdict=Verdict.UNSTATED)
    assert after(before, [dependencies(7, WITHDRAWN), silent]).unobserved

    silent = dependencies(8, scanner="trivy")
    assert after(before, [dependencies(7, WITHDRAWN), silent]).withdrawn


def test_an_older_scan_than_the_latest_withdraws_nothing() -> None:
    silent = dependencies(9, inventory=None)
    assert after([FOUND], [silent], [dependencies(7, WITHDRAWN)]).unobserved


def test_two_that_are_over_and_turn_out_to_be_one() -> None:
    other = Observation("GHSA-x", (), "vogel", "1.0", withdrawn=True)
    over = after([FOUND], [dependencies(7, inventory=GONE)], [dependencies(9, other)])
    assert {each.state for each in over.ledger.findings} == {
        FindingState.RESOLVED,
        FindingState.WITHDRAWN,
    }
    bridge = replace(other, aliases=("CVE-2031-1",))
    finding = only(reconcile(over.ledger, [dependencies(10, bridge)], LATE))
    assert [each.outcome for each in finding.episodes] == ["resolved", "withdrawn"]
    assert finding.state is FindingState.WITHDRAWN


def test_withdrawn_from_the_first_day() -> None:
    result = after([dependencies(0, WITHDRAWN, verdict=Verdict.UNSTATED)])
    assert result.withdrawn == ("PYSEC-2031-1",)
    back = reconcile(result.ledger, [dependencies(7, VOGEL)], LATE)
    assert back.reopened == ("PYSEC-2031-1",)


@pytest.mark.parametrize("statement", ["affected", "exploitable", "in_triage", "what?"])
@pytest.mark.parametrize("package", ["Vogel", ""])
def test_a_statement_keeps_a_finding_open(statement: str, package: str) -> None:
    said = Observation("cve-2031-1", (), package, statement=statement)
    result = after([FOUND], [dependencies(7, inventory=GONE), vex(1, said)])
    assert only(result).state.counts
    assert bool(result.seen) is bool(package)
    assert package or "openvex" in only(result).reason


@pytest.mark.parametrize(
    "said",
    [
        Observation("CVE-2031-1", (), "vogel", statement="not_affected"),
        Observation("CVE-2031-1", (), "vogel", statement="fixed"),
    ],
)
def test_a_statement_without_a_reason_closes_and_opens_nothing(said: Observation) -> None:
    assert after([FOUND], [dependencies(7, inventory=GONE), vex(1, said)]).resolved
    assert only(after([FOUND], [dependencies(7, VOGEL), vex(1, said)])).state is FindingState.OPEN
    assert not after([vex(1, said)]).ledger.findings


@pytest.mark.parametrize(
    "said",
    [
        Observation("CVE-2031-1", (), "nest", statement="affected"),
        Observation("CVE-2031-9", (), "vogel", statement="in_triage"),
    ],
)
def test_bad_news_in_a_statement_is_a_finding(said: Observation) -> None:
    result = after([FOUND], [dependencies(7, inventory=GONE), vex(1, said)])
    assert (result.resolved, result.new) == (("PYSEC-2031-1",), (said.id,))


NOT_AFFECTED = Observation(
    "CVE-2031-1", (), "vogel", "1.0", statement="not_affected", closed="not_affected: not reached"
)


def test_a_reason_closes_what_it_names_and_nothing_else() -> None:
    other = replace(VOGEL, id="CVE-2031-2", aliases=())
    seen = dependencies(7, VOGEL, other, inventory=GONE)
    result = after([FOUND], [seen, vex(6, NOT_AFFECTED)])
    states = {each.finding_id: each.state for each in result.ledger.findings}
    assert states == {"PYSEC-2031-1": FindingState.WITHDRAWN, "CVE-2031-2": FindingState.OPEN}
    again = after([FOUND], [seen, vex(6, NOT_AFFECTED)], [replace(seen, digest="next")])
    assert again.reopened == ("PYSEC-2031-1",)


@pytest.mark.parametrize("change", [{"version": "2.0"}, {"package": "nest"}, {"id": "CVE-1"}])
def test_a_reason_for_something_else_closes_nothing(change: dict[str, str]) -> None:
    said = replace(NOT_AFFECTED, **change)  # type: ignore[arg-type]
    result = after([FOUND], [dependencies(7, VOGEL), vex(6, said)])
    assert only(result).state is FindingState.OPEN


def test_a_closed_alert_is_no_finding_and_ends_its_own() -> None:
    alert = replace(VOGEL, closed="fixed")
    assert not after([dependencies(0, alert, verdict=Verdict.UNSTATED)]).ledger.findings
    page = dependencies(0, VOGEL, scanner="dependabot", verdict=Verdict.UNSTATED)
    fixed = dependencies(7, alert, scanner="dependabot", verdict=Verdict.UNSTATED)
    assert after([page], [fixed]).resolved
    assert after([page, FOUND], [fixed, dependencies(7, VOGEL)]).seen
    broken = dependencies(7, inventory=None, verdict=Verdict.PARTIAL)
    assert after([page, FOUND], [fixed, broken]).unobserved


def test_a_version_without_a_known_fix_is_no_evidence() -> None:
    last_affected = replace(VOGEL, fix_versions=())
    result = after([dependencies(0, last_affected)], [dependencies(7, inventory=UPGRADED)])
    assert "no fixed version is known" in only(result).reason
    later = replace(VOGEL, fix_versions=("2.0",))
    assert after([dependencies(0, later)], [dependencies(7, inventory=UPGRADED)]).unobserved
    older = dependencies(7, inventory={"vogel": ("0.9",), "nest": ("3",)})
    assert after([FOUND], [older]).resolved


B101 = Observation(
    "B101", location="src/a.py:12", fingerprint="f1", title="assert", kind=ScanKind.CODE
)


def test_code_moves_and_keeps_its_id() -> None:
    moved = replace(B101, location="./src/a.py:40")
    result = after([code(0, B101)], [code(7, moved)])
    assert result.seen == ("BANDIT-B101-a.py-12",)
    assert only(result).location == "./src/a.py:40"


@pytest.mark.parametrize("scope", [("src/a.py",), ("src/b.py", "src/a.py"), ("src",), (".",)])
def test_code_is_resolved_when_its_file_was_looked_at(scope: tuple[str, ...]) -> None:
    result = after([code(0, B101)], [code(7, scope=scope)])
    assert result.resolved == ("BANDIT-B101-a.py-12",)
    assert "src/a.py" in only(result).episodes[0].evidence


@pytest.mark.parametrize(
    "scan",
    [
        code(7, scope=()),
        code(7, scope=("src/b.py", "tools/c.py")),
        code(7, verdict=Verdict.PARTIAL),
        code(7, verdict=Verdict.FAILED),
        code(7, skipped=(Skipped("./src/a.py", "syntax error"),)),
    ],
)
def test_code_is_unobserved_without_evidence(scan: Scan) -> None:
    assert after([code(0, B101)], [scan]).unobserved == ("BANDIT-B101-a.py-12",)


def test_the_same_code_twice_is_two_findings() -> None:
    second = replace(B101, location="src/a.py:30")
    two = after([code(0, B101, second)])
    assert two.new == ("BANDIT-B101-a.py-12", "BANDIT-B101-a.py-30")
    one = reconcile(two.ledger, [code(7, second)], LATE)
    assert (one.seen, one.resolved) == (("BANDIT-B101-a.py-30",), ("BANDIT-B101-a.py-12",))


def test_equal_code_that_moves_keeps_its_order() -> None:
    at = [replace(B101, location=f"src/a.py:{line}") for line in (12, 30, 22, 40)]
    result = after([code(0, at[0], at[1])], [code(7, at[3], at[2])])
    moved = {each.finding_id: each.location for each in result.ledger.findings}
    assert moved == {
        "BANDIT-B101-a.py-12": "src/a.py:22",
        "BANDIT-B101-a.py-30": "src/a.py:40",
    }


def test_a_claim_is_replaced_only_when_every_scanner_speaks() -> None:
    high, low = (SeverityClaim("word", "GHSA", word) for word in ("HIGH", "LOW"))
    was, now = (replace(VOGEL, severities=(claim,)) for claim in (high, low))
    assert only(after([dependencies(0, was)], [dependencies(7, now)])).severities == (low,)
    both = [dependencies(0, was), dependencies(0, was, scanner="trivy")]
    assert only(after(both, [dependencies(7, now)])).severities == (high, low)


def test_the_newest_word_and_the_longest_description() -> None:
    old = replace(VOGEL, title="Old", description="A long description", fix_versions=("1.1",))
    new = replace(VOGEL, title="New", description="Short", version="1.0.1")
    for run in ([dependencies(0, old), dependencies(1, new)],) * 2:
        finding = only(after(run))
        assert (finding.title, finding.description) == ("New", "A long description")
        assert (finding.version, finding.versions) == ("1.0.1", ("1.0", "1.0.1"))
        assert finding.fix_versions == ("1.1",)
    stale = only(after([dependencies(1, new)], [dependencies(0, old, scanner="trivy")]))
    assert (stale.title, stale.last_seen) == ("New", day(1))


def test_suppressed_by_the_report_still_counts() -> None:
    ignored = replace(VOGEL, suppressed="not reachable")
    finding = only(after([dependencies(0, ignored)]))
    assert (finding.suppressed, finding.state) == ("not reachable", FindingState.OPEN)
    both = [dependencies(0, ignored), dependencies(0, VOGEL, scanner="trivy")]
    assert only(after(both)).suppressed == ""


def test_a_scan_in_the_future_is_refused() -> None:
    with pytest.raises(UsageError, match=r"pip-audit: .*2031-03-03T09:00:00Z, in the future"):
        reconcile(Ledger(), [FOUND], START - timedelta(minutes=6))
    assert reconcile(Ledger(), [FOUND], START - timedelta(minutes=4)).new


def test_the_last_complete_scan_is_remembered() -> None:
    result = after([FOUND], [dependencies(7, verdict=Verdict.FAILED)])
    (scan,) = result.ledger.scans
    assert (scan.verdict, scan.scanned_at) == (Verdict.FAILED, day(7))
    assert scan.last_complete is not None
    assert (scan.last_complete.scanned_at, scan.last_complete.inventory_size) == (START, 2)


def test_halves_of_characters_do_not_reach_the_file() -> None:
    odd = replace(VOGEL, description="half \ud800", aliases=("CVE-1\n", "x" * 301, "CVE-2031-1"))
    result = after([dependencies(0, odd)])
    assert write_ledger(result.ledger).encode("utf-8")
    assert only(result).aliases == ("CVE-2031-1",)
