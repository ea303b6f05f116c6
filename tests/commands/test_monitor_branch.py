"""monitor --branch: a real site against a real remote. Only the site that was deployed is good."""

import json
import shutil
import subprocess
from datetime import timedelta
from hashlib import sha256

import pytest

from secstatus.adapters.git.pages_branch import PagesBranch
from secstatus.commands.branch_address import BranchAddress
from secstatus.commands.build import build_site
from secstatus.commands.monitor import monitor_site
from secstatus.commands.monitor.monitor_run import MonitorOptions
from secstatus.errors import UsageError
from secstatus.published.manifest import compute_revision
from secstatus.published.own_manifest import MANIFEST as NAME
from tests.commands.deployed import BRANCH, P, fresh_world
from tests.conftest import NOW, tree
from tests.support.clock import FakeClock
from tests.support.faults import healthy
from tests.support.github import TOKEN, github_stub
from tests.support.repositories import write_files
from tests.support.server import serving

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LATER = NOW + DAY
GRADE = "badges/grade.svg"


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return tmp_path_factory.mktemp("template") / "world"


@pytest.fixture
def world(tmp_path, template, tmp_path_factory, monkeypatch):
    found = fresh_world(tmp_path, template, monkeypatch, tmp_path_factory.mktemp("home"))
    found.deploy()
    return found


@pytest.fixture
def days(world, template):
    """The files of the site of the world, and of the same site a day later, which is built once."""
    later = template.with_name("later")
    if not later.exists():
        shutil.copytree(template / "_site", later)
        build_site(template / "clone", later, LATER)
    return tree(template / "_site"), tree(later)


class Watch:
    """Runs of the command, one after another. Each wait does the next of what is in `then`."""

    def __init__(self, world):
        self.world, self.then = world, []
        self.timing = FakeClock(self.waited).timing

    def waited(self, _number):
        if self.then:
            self.then.pop(0)()

    def __call__(self, server, now, variables=None, **more):
        named = {"branch": BRANCH}
        named |= {name: more.pop(name) for name in ("branch", "prefix", "remote") if name in more}
        deployed = BranchAddress(**named) if named["branch"] is not None else None
        ask = MonitorOptions(getattr(server, "url", server), deployed=deployed, **more)
        return monitor_site(
            self.world.clone, now, ask, timing=self.timing, variables=variables or {}
        )


@pytest.fixture
def watch(world, days):
    return Watch(world)


def forged(files):
    """Another site of the same moment, in accord with itself."""
    changed = {**files, GRADE: b"<svg>A</svg>"}
    manifest = json.loads(files[NAME])
    manifest["files"][GRADE] |= {"sha256": sha256(changed[GRADE]).hexdigest(), "size": 12}
    manifest["revision"] = compute_revision(manifest["files"])
    return {**changed, NAME: json.dumps(manifest).encode()}


def faults(result):
    return {(each["state"], each["fault"]) for each in result.document()["probes"]}


def alerts(result):
    return [(each["kind"], each["state"]) for each in result.document()["alerts"]]


def deploy(world, files, now):
    shutil.rmtree(world.site)
    write_files(world.site, files)
    world.deploy(now)


def test_the_deployed_site_is_up(watch, world, days):
    with serving(world.published(P)) as server:
        result = watch(server, NOW + HOUR)
    assert faults(result) == {("up", None)}
    assert (alerts(result), result.exit_status, result.problems) == ([], 0, ())
    assert result.probe_runs[-1].served.deployed == json.loads(days[0][NAME])["revision"][:16]


def test_a_site_that_was_replaced_as_a_whole(watch, days):
    with serving(forged(days[0])) as server:
        alone = watch(server, NOW + MINUTE, branch=None)
        first, again = watch(server, NOW + HOUR), watch(server, NOW + 2 * HOUR)
        blind = watch(server, NOW + 3 * HOUR, branch=None)
        server.files = dict(days[0])
        over, after = watch(server, NOW + 4 * HOUR), watch(server, NOW + 5 * HOUR)
    assert (faults(alone), alone.exit_status) == ({("up", None)}, 0)
    assert faults(first) == faults(again) == {("tampered", "replaced")}
    assert alerts(first) == [("tampered", "raised")]
    assert "the host serves revision" in first.document()["alerts"][0]["text"]
    assert (alerts(again), again.exit_status) == ([], 1)
    assert (alerts(blind), blind.exit_status) == ([], 1)
    assert blind.metrics["state"] == "tampered"
    assert (alerts(over), over.exit_status) == ([("tampered", "recovered")], 0)
    assert (alerts(after), after.metrics["state"]) == ([], "up")


def test_a_site_that_was_rolled_back(watch, world, days):
    deploy(world, days[1], LATER)
    with serving(days[0]) as server:
        first, again = watch(server, LATER + HOUR), watch(server, LATER + 2 * HOUR)
        server.files = dict(days[1])
        over, after = watch(server, LATER + 3 * HOUR), watch(server, LATER + 4 * HOUR)
    assert faults(first) == {("stale", "not arrived")}
    assert alerts(first) == [("not_arrived", "raised")]
    text = first.document()["alerts"][0]["text"]
    assert "the site that was deployed at 2026-11-25T09:00:00Z did not arrive; served is" in text
    assert (alerts(again), again.exit_status) == ([], 1)
    assert alerts(over) == [("not_arrived", "recovered")]
    assert (alerts(after), after.exit_status) == ([], 0)


def test_a_deployment_that_is_a_minute_old_is_no_alert_and_not_good(watch, world, days):
    deploy(world, days[1], LATER)
    with serving(days[0]) as server:
        result = watch(server, LATER + MINUTE)
    assert faults(result) == {("stale", "settling")}
    assert (alerts(result), result.exit_status) == ([], 1)
    assert result.metrics["state"] == "stale"


def test_a_deployment_during_the_look_is_no_alert(watch, world, days):
    """It lands before the last answer, and arrives while the look waits."""

    def lands(exchange):
        deploy(world, days[1], LATER)
        healthy(exchange)

    with serving(days[0]) as server:
        server.faults["feed.atom"] = [lands]
        watch.then = [lambda: server.files.update(days[1])]
        result = watch(server, LATER)
    assert faults(result) == {("up", None)}
    assert (alerts(result), result.exit_status) == ([], 0)


def test_the_branch_is_read_after_the_answers(watch, world, days):
    """What is deployed and arrives before the first answer is good at once."""

    def lands(exchange):
        deploy(world, days[1], LATER)
        exchange.server.files.update(days[1])
        exchange.respond(200, days[1][NAME])

    with serving(days[0]) as server:
        server.faults[NAME] = [lands]
        result = watch(server, LATER)
    assert faults(result) == {("up", None)}
    assert {each["attempts"] for each in result.document()["probes"]} == {1}


def test_the_branch_is_looked_at_again_before_anything_is_believed(watch, world, days):
    """The other way round: what is served comes into the branch while the look waits."""
    with serving(days[1]) as server:
        watch.then = [lambda: deploy(world, days[1], LATER)]
        result = watch(server, LATER)
    assert faults(result) == {("up", None)}
    assert (alerts(result), result.exit_status) == ([], 0)


def test_it_is_fetched_once_as_long_as_it_stays(watch, days, monkeypatch):
    fetched, fetch = [], PagesBranch.fetch
    monkeypatch.setattr(
        PagesBranch, "fetch", lambda branch, *more: fetched.append(1) or fetch(branch, *more)
    )
    with serving(forged(days[0])) as server:
        watch(server, NOW + HOUR, probes=2)
    assert len(fetched) == 1


def commit_by_hand(world, files):
    world.by_hand({f"{P}{path}": files[path] for path in (NAME, GRADE)})


def squash(world):
    """The branch forgets what it was before."""
    made = world.git("commit-tree", "-m", "all", f"{BRANCH}^{{tree}}", at=world.remote)
    world.git("update-ref", f"refs/heads/{BRANCH}", made, at=world.remote)


def test_a_run_remembers_what_it_has_read(watch, world, days, monkeypatch):
    monkeypatch.setenv("GIT_COMMITTER_DATE", NOW.isoformat())
    with serving(days[0]) as server:
        watch.then = [lambda: (commit_by_hand(world, forged(days[0])), squash(world))]
        result = watch(server, NOW, probes=2)
    assert [each.worst for each in result.probe_runs] == ["up", "stale"]


def test_what_was_deployed_before_is_old_even_if_it_is_of_the_same_moment(
    watch, world, days, monkeypatch
):
    """The branch knows it, and looks do when the branch has forgotten it: of this run or earlier."""
    journal = world.clone / "security/status/journal.jsonl"
    monkeypatch.setenv("GIT_COMMITTER_DATE", NOW.isoformat())
    with serving(days[0]) as server:
        commit_by_hand(world, forged(days[0]))
        young, late = watch(server, NOW + MINUTE), watch(server, NOW + HOUR)
        commit_by_hand(world, days[0])
        assert watch(server, NOW + 2 * HOUR).exit_status == 0
        commit_by_hand(world, forged(days[0]))
        squash(world)
        remembered = watch(server, NOW + 3 * HOUR)
        journal.unlink()
        forgotten = watch(server, NOW + 4 * HOUR)
    assert faults(young) == {("stale", "settling")}
    assert faults(late) == faults(remembered) == {("stale", "not arrived")}
    assert faults(forgotten) == {("tampered", "replaced")}


@pytest.mark.parametrize("how", ["gone", "offline", "no branch"])
def test_a_branch_that_cannot_be_read_is_said_and_ends_nothing(watch, world, days, how):
    away = world.remote.with_name("away.git")
    with serving(forged(days[0])) as server:
        first = watch(server, NOW + HOUR)
        if how == "gone":
            world.remote.rename(away)
        more = {"offline": {"remote": "http://127.0.0.1:9/x.git"}, "no branch": {"branch": "x"}}
        unread = watch(server, NOW + 2 * HOUR, **more.get(how, {}))
        server.files = dict(days[0])
        again = watch(server, NOW + 3 * HOUR, **more.get(how, {}))
        if how == "gone":
            away.rename(world.remote)
        over, after = watch(server, NOW + 4 * HOUR), watch(server, NOW + 5 * HOUR)
    assert alerts(first) == [("tampered", "raised")]
    for each in (unread, again):
        assert faults(each) == {("up", None)}
        assert (alerts(each), each.exit_status) == ([], 3)
        (problem,) = each.document()["problems"]
        assert "what was deployed cannot be read" in problem
        assert each.metrics["state"] == "tampered"
        assert each.probe_runs[-1].served.deployed == ""
    assert alerts(over) == [("tampered", "recovered")]
    assert (alerts(after), after.exit_status) == ([], 0)


def test_a_good_site_beside_a_branch_that_cannot_be_read_does_not_end_well(watch, days):
    with serving(days[0]) as server:
        result = watch(server, NOW, remote="https://user:s3cr3t@127.0.0.1:9/x.git", probes=2)
    assert (faults(result), result.exit_status) == ({("up", None)}, 3)
    assert len(result.document()["problems"]) == 1
    assert "s3cr3t" not in json.dumps(result.document())


def test_a_remote_that_is_lost_in_the_look_makes_nothing_good(watch, world, days):
    with serving(forged(days[0])) as server:
        watch.then = [lambda: world.remote.rename(world.remote.with_name("away.git"))]
        result = watch(server, NOW + HOUR)
    assert faults(result) == {("tampered", "replaced")}
    assert (alerts(result), result.exit_status) == ([("tampered", "raised")], 3)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ({"prefix": "elsewhere"}, "elsewhere/api/v1/manifest.json holds no site"),
        ({"prefix": "."}, "api/v1/manifest.json holds no site"),
        ({"hand": b"{}"}, "found"),
        ({"hand": None}, "holds no site"),
    ],
)
def test_a_branch_without_the_site_vouches_for_nothing(watch, world, days, spoil, said):
    if "hand" in spoil:
        world.by_hand({f"{P}{NAME}": spoil.pop("hand")})
    with serving(days[0]) as server:
        result = watch(server, NOW + HOUR, **spoil)
    assert faults(result) == {("tampered", "replaced")}
    assert alerts(result) == [("tampered", "raised")]
    assert said in result.text()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"branch": "a..b"}, "a..b"),
        ({"branch": "-x"}, "-x"),
        ({"branch": "a\0b"}, "branch|given to git"),
        ({"prefix": "../up"}, "--prefix"),
        ({"prefix": ".git"}, "--prefix"),
    ],
)
def test_what_cannot_be_a_branch_changes_nothing(watch, world, more, said):
    before = tree(world.clone)
    with pytest.raises(UsageError, match=said):
        watch("http://127.0.0.1:9/", NOW, **more)
    assert tree(world.clone) == before


def test_without_a_repository_there_is_no_branch(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    options = MonitorOptions("http://127.0.0.1:9/", deployed=BranchAddress("x"))
    with pytest.raises(UsageError, match="repository"):
        monitor_site(tmp_path, NOW, options, variables={})


def test_it_is_told_once_and_its_issue_is_closed_once(watch, world, days):
    (world.clone / "pyproject.toml").write_text(
        '[project]\nname = "kelp"\n[tool.secstatus]\nrepository = "octo-org/lanternfish"\n'
    )
    with github_stub() as hub, serving(forged(days[0])) as server:
        around = {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": hub.url}
        runs = [watch(server, NOW + n * HOUR, around, notify=True) for n in (1, 2)]
        server.files = dict(days[0])
        runs += [watch(server, NOW + n * HOUR, around, notify=True) for n in (3, 4)]
    assert [each.delivered for each in runs] == [1, 0, 1, 0]
    assert [each["state"] for each in hub.issues] == ["closed"]
    assert "deployment of" in hub.issues[0]["body"]


@pytest.mark.parametrize("time", ["-5 +0000", "99999999999999999999 +0000", "soon", "253402300800"])
def test_a_commit_with_a_strange_time_is_not_young(watch, world, days, time):
    deploy(world, days[1], LATER)
    commit = world.git("cat-file", "commit", BRANCH, at=world.remote)
    head, line = commit.split("\n\n", 1), "committer Somebody <somebody@example.org> "
    lines = [
        f"{line}{time}" if each.startswith("committer ") else each for each in head[0].split("\n")
    ]
    text = "\n".join(lines) + "\n\n" + head[1]
    made = subprocess.run(
        ["git", "hash-object", "-w", "-t", "commit", "--literally", "--stdin"],
        cwd=world.remote,
        input=text.encode(),
        capture_output=True,
        check=True,
    ).stdout.decode()
    (world.remote / "refs/heads" / BRANCH).write_text(made)
    with serving(days[0]) as server:
        result = watch(server, LATER)
    assert faults(result) == {("stale", "not arrived")}
