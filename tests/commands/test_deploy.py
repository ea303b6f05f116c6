"""deploy from end to end: real sites, a real git, and somebody who pulls the plug."""

import json
import os
import shutil
import signal
import threading
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import sha256

import pytest

from secstatus.adapters.git.pages_branch import PagesBranch, Pushed
from secstatus.commands import deploy as deploying
from secstatus.commands.branch_address import BranchAddress, normalize_prefix
from secstatus.commands.build import build_site
from secstatus.commands.deploy import deploy_site
from secstatus.commands.deploy.deployment import TRIES, DeployOptions
from secstatus.commands.deploy.plan import RULES
from secstatus.commands.deploy.served import ServedState
from secstatus.errors import CheckFailedError, ExternalError, InputError, UsageError
from secstatus.project.inputs import load_config
from secstatus.published.manifest import compute_revision
from secstatus.published.own_manifest import MANIFEST as NAME
from tests.commands.deployed import BRANCH, P, fresh_world
from tests.conftest import NOW, STATES, tree
from tests.support.clock import FakeClock
from tests.support.kills import end_of, is_killed, start
from tests.support.server import serving


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return tmp_path_factory.mktemp("template") / "world"


@pytest.fixture
def world(tmp_path, template, tmp_path_factory, monkeypatch):
    return fresh_world(tmp_path, template, monkeypatch, tmp_path_factory.mktemp("home"))


def rewritten(site, changes, **manifest):
    """Change files of the site and its manifest, so that it is whole again; None takes one away."""
    data = json.loads((site / NAME).read_bytes())
    for path, content in changes.items():
        if content is None:
            (site / path).unlink()
            del data["files"][path]
            continue
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(content)
        data["files"][path] = {"sha256": sha256(content).hexdigest(), "size": len(content)}
    data.update(manifest)
    data["revision"] = compute_revision(data["files"])
    (site / NAME).write_text(json.dumps(data))


def edited(site, path, edit, **manifest):
    document = json.loads((site / path).read_bytes())
    edit(document)
    rewritten(site, {path: json.dumps(document).encode()}, **manifest)


# What lands


def test_the_first_deployment_is_the_site_and_nothing_else(world):
    result = world.deploy()
    assert world.published() == {
        ".nojekyll": b"",
        **{P + p: c for p, c in tree(world.site).items()},
    }
    assert result.commit == world.git("rev-parse", BRANCH, at=world.remote)
    assert result.document()["changed_paths"] == sorted(world.published())
    assert result.exit_status == 0


def test_nothing_changed_no_commit(world):
    first = world.deploy()
    result = world.deploy(now=NOW + timedelta(hours=1))
    assert (result.commit, result.changed) == ("", ())
    assert result.document()["commit"] is None
    assert "Nothing changed" in result.text()
    assert world.git("rev-parse", BRANCH, at=world.remote) == first.commit
    assert len(world.journal()) == 1


def test_the_next_day_changes_what_changed(world):
    world.deploy()
    build_site(world.clone, world.site, NOW + timedelta(days=1))
    result = world.deploy(now=NOW + timedelta(days=1))
    assert world.published(P) == tree(world.site)
    assert f"{P}index.json" in result.changed
    assert not [path for path in result.changed if path.startswith(f"{P}findings/")]
    assert world.commits() == 2


def test_what_lies_beside_stays(world):
    world.by_hand(
        {
            "CNAME": b"example.org",
            "docs/index.html": b"docs",
            ".nojekyll": b"x",
            f"{P}own.txt": b"own",
        }
    )
    world.deploy()
    found = world.published()
    assert (found["CNAME"], found["docs/index.html"]) == (b"example.org", b"docs")
    assert (found[".nojekyll"], found[f"{P}own.txt"]) == (b"x", b"own")


@pytest.mark.parametrize("prefix", [".", ""])
def test_the_site_may_be_the_root(world, prefix):
    world.by_hand({"CNAME": b"example.org", "docs/a.html": b"docs", ".nojekyll": b"theirs"})
    world.deploy(prefix=prefix)
    assert world.published() == {
        **tree(world.site),
        "CNAME": b"example.org",
        "docs/a.html": b"docs",
    }
    build_site(world.clone, world.site, NOW + timedelta(days=1))
    world.deploy(prefix=prefix)
    assert world.published()["CNAME"] == b"example.org"


def test_the_commit_names_its_source(world):
    world.deploy()
    message = world.git("log", "-1", "--format=%B", BRANCH, at=world.remote).splitlines()
    head = world.git("rev-parse", "HEAD")
    assert message[0].startswith("Security status: grade ")
    assert f"Source-Commit: {head}" in message
    assert any(line.startswith("Secstatus-Version: ") for line in message)
    assert any(line.startswith("Status-Revision: ") for line in message)
    assert not any(line.startswith("Source-State") for line in message)
    date = world.git("log", "-1", "--format=%at %ct", BRANCH, at=world.remote)
    assert date == f"{int(NOW.timestamp())} {int(NOW.timestamp())}"


def test_a_source_with_changes_is_called_that(world):
    (world.clone / "pyproject.toml").write_text('[project]\nname = "kelpwright"\n# edited\n')
    world.deploy()
    assert "Source-State: with changes" in world.git(
        "log", "-1", "--format=%B", BRANCH, at=world.remote
    )


def test_a_dry_run_says_what_it_would_do_and_does_nothing(world):
    result = world.deploy(dry_run=True)
    assert (result.commit, len(result.changed)) == ("", len(tree(world.site)) + 1)
    assert "nothing was pushed" in result.text()
    assert world.git("for-each-ref", at=world.remote) == ""
    assert world.journal() == []


def test_a_squash_leaves_one_commit(world):
    world.by_hand({"docs/a.html": b"docs"})
    world.deploy()
    build_site(world.clone, world.site, NOW + timedelta(days=1))
    result = world.deploy(squash=True)
    assert (world.commits(), result.squashed) == (1, True)
    assert world.published(P) == tree(world.site)
    assert world.published()["docs/a.html"] == b"docs"


def test_nothing_of_the_clone_changes_but_the_journal(world):
    def state():
        refs = (
            world.git("for-each-ref"),
            world.git("rev-parse", "HEAD"),
            world.git("ls-files", "-s"),
        )
        files = tree(world.clone)
        return refs, {path: data for path, data in files.items() if "journal" not in path}

    before = state()
    world.deploy()
    world.deploy(squash=True)
    assert state() == before


def test_the_journal_grows_by_a_line(world):
    path = world.clone / "security/status/journal.jsonl"
    path.write_text('{"kind": "other"}\n{"cut o')
    result = world.deploy()
    lines = path.read_text().splitlines()
    assert lines[:2] == ['{"kind": "other"}', '{"cut o']
    event = json.loads(lines[2])
    assert (event["kind"], event["outcome"], event["commit"]) == (
        "deploy",
        "deployed",
        result.commit,
    )


# What is refused


def refused(world, *rules, **more):
    before = world.git("for-each-ref", at=world.remote)
    with pytest.raises(CheckFailedError) as caught:
        world.deploy(**more)
    assert world.git("for-each-ref", at=world.remote) == before
    assert all(line.isprintable() for line in (caught.value.message, *caught.value.details))
    found = {line.split(":")[0] for line in caught.value.details if not line.startswith(" ")}
    assert found == set(rules)
    return caught.value


def whole_or_not(world):
    with pytest.raises(CheckFailedError, match="not a complete site") as caught:
        world.deploy()
    assert world.git("for-each-ref", at=world.remote) == ""
    assert world.journal()[-1]["outcome"] == "refused"
    return " ".join(caught.value.details)


def test_a_changed_file_is_named(world):
    path = world.site / "badges/grade.svg"
    path.write_bytes(path.read_bytes().replace(b"grade", b"GRADE"))
    assert "badges/grade.svg" in whole_or_not(world)


def test_a_missing_file_is_named(world):
    (world.site / "index.html").unlink()
    assert "index.html" in whole_or_not(world)


def test_a_link_is_no_file_of_the_site(world):
    path = world.site / "index.html"
    path.rename(world.site.parent / "elsewhere.html")
    path.symlink_to(world.site.parent / "elsewhere.html")
    assert "index.html" in whole_or_not(world)


def test_a_folder_that_is_a_link_is_not_entered(world):
    (world.site / "badges").rename(world.site.parent / "badges")
    (world.site / "badges").symlink_to(world.site.parent / "badges")
    assert "badges/" in whole_or_not(world)


@pytest.mark.parametrize("text", [None, b"", b"{", b"[]", b'{"files": {}}', b"[" * 100_000])
def test_a_folder_without_a_manifest_is_no_site(world, text):
    (world.site / NAME).unlink()
    if text is not None:
        (world.site / NAME).write_bytes(text)
    assert NAME in whole_or_not(world)


@pytest.mark.parametrize(
    "name", ["../../CNAME", ".git/config", "a/.GIT/hooks", "x\ny", "\ud800", "/etc/passwd"]
)
def test_a_manifest_cannot_name_a_file_elsewhere(world, name):
    data = json.loads((world.site / NAME).read_bytes())
    data["files"][name] = {"sha256": sha256(b"").hexdigest(), "size": 0}
    (world.site / NAME).write_text(json.dumps(data))
    whole_or_not(world)


@pytest.mark.parametrize(
    "version", ["1.0\nSource-Commit: 0", "", "../..", "1.0 \x1b[31m", 1, None, "9" * 100]
)
def test_a_hostile_version_gets_nowhere(world, version):
    data = json.loads((world.site / NAME).read_bytes())
    data["tool"]["version"] = version
    (world.site / NAME).write_text(json.dumps(data))
    assert "version" in whole_or_not(world)


def test_a_site_of_two_minds_is_refused(world):
    edited(world.site, "index.json", lambda document: document.update(security_grade="B"))
    assert "index.json" in whole_or_not(world)


def test_a_site_that_cannot_be_read_may_not_be_green(world):
    rewritten(world.site, {}, unreadable="it was torn", security_grade="B")
    for path in ("index.json", "api/v1/status.json"):
        edited(world.site, path, lambda document: document.update(security_grade="B"))
    assert "could not be read" in whole_or_not(world)


def test_a_last_good_site_lands_and_says_so(world):
    world.deploy()
    (world.clone / "security/status/live-status.json").write_text("{")
    build_site(world.clone, world.site, NOW + timedelta(days=1), last_good=True)
    result = world.deploy(now=NOW + timedelta(days=1))
    assert result.grade == "?"
    assert json.loads(world.published(P)["index.json"])["security_grade"] == "?"
    assert any("last good status" in text for text in result.warnings)


def test_what_no_manifest_vouches_for_stays_at_home(world):
    (world.site / "draft.html").write_text("A!")
    (world.site / ".git").mkdir()
    (world.site / ".git/config").write_text("x")
    result = world.deploy()
    assert f"{P}draft.html" not in world.published()
    assert any("draft.html" in text for text in result.warnings)
    assert not any(".git" in text for text in result.warnings)
    assert not any(".git/" in path for path in world.published())


def test_an_old_site_is_called_that(world):
    assert world.deploy(dry_run=True).warnings == ()
    result = world.deploy(now=NOW + timedelta(days=300))
    assert any("by its own schedule" in text for text in result.warnings)


def test_a_site_without_a_past_does_not_take_the_place_of_one_with_a_past(world):
    world.deploy()
    shutil.rmtree(world.site)
    (world.clone / "security/status/ledger.json").unlink(missing_ok=True)
    status = world.clone / "security/status/live-status.json"
    data = json.loads(status.read_bytes())
    data["findings"] = []
    data["vulnerability_summary"] = dict.fromkeys(data["vulnerability_summary"], 0)
    status.write_text(json.dumps(data))
    build_site(world.clone, world.site, NOW + timedelta(days=1))
    error = refused(world, "vanished", "findings", "events", "history")
    assert "secstatus fetch-site" in error.hint
    assert world.journal()[-1]["outcome"] == "refused"


def test_what_people_accept_is_done_and_written_down(world):
    world.deploy()
    rewritten(world.site, {"about.html": None})
    assert "about.html" in " ".join(refused(world, "vanished").details)
    result = world.deploy(accept=["vanished", "older-tool"])
    assert result.accepted == ("vanished",)
    assert f"{P}about.html" not in world.published()
    message = world.git("log", "-1", "--format=%B", BRANCH, at=world.remote)
    assert "Accepted-Breach: vanished" in message
    assert "older-tool" not in message


def test_an_older_tool_does_not_overwrite_a_newer_ones_site(world):
    newer = shutil.copytree(world.site, world.site.parent / "newer")
    rewritten(newer, {}, tool={"name": "secstatus", "version": "99.0"})
    world.deploy(site=newer)
    refused(world, "older-tool")


def test_a_discovery_date_does_not_move(world):
    world.deploy()

    def move(document):
        document["findings"][0]["discovered_date"] = "2026-11-20"

    edited(world.site, "api/v1/findings.json", move)
    refused(world, "discovery-date")


def test_an_earlier_day_does_not_come_back(world):
    build_site(world.clone, later := world.site.parent / "later", NOW + timedelta(days=2))
    world.deploy(site=later)
    with pytest.raises(CheckFailedError) as caught:
        world.deploy()
    assert any(line.startswith("as-of: ") for line in caught.value.details)


def test_a_page_of_somebody_else_is_not_overwritten(world):
    world.by_hand({f"{P}index.html": b"another tool's", f"{P}badges": b"a file"})
    error = refused(world, "foreign")
    assert f"{P}index.html" in " ".join(error.details)
    assert f"  {P}badges" in error.details
    world.deploy(accept=["foreign"])
    assert world.published(P) == tree(world.site)


def test_a_folder_where_a_page_goes_is_somebody_elses(world):
    world.by_hand({f"{P}index.html/x": b"theirs"})
    refused(world, "foreign")


def test_a_prefix_that_is_a_file_is_somebody_elses(world):
    world.by_hand({"security-status": b"a file"})
    refused(world, "foreign")


@pytest.mark.parametrize("text", [b"", b"{}", b"<html>", b"[" * 100_000])
def test_a_published_site_that_cannot_be_read_is_not_overwritten_unasked(world, text):
    world.deploy()
    world.by_hand({P + NAME: text})
    refused(world, "damaged")
    world.deploy(accept=["damaged"])
    assert world.published(P) == tree(world.site)


def test_a_forged_manifest_takes_no_file_elsewhere_away(world):
    world.by_hand({"CNAME": b"example.org"})
    world.deploy()
    data = json.loads((world.site / NAME).read_bytes())
    data["files"]["../CNAME"] = {"sha256": "0" * 64, "size": 0}
    world.by_hand({P + NAME: json.dumps(data).encode()})
    refused(world, "damaged", accept=["vanished"])
    world.deploy(accept=["damaged", "vanished"])
    assert world.published()["CNAME"] == b"example.org"


def test_a_green_badge_that_somebody_painted_is_put_right(world):
    """A stranger's false green in the branch must not keep the truth out."""
    world.deploy()
    index = json.loads((world.site / "index.json").read_bytes())
    index["security_grade"] = "A"
    world.by_hand(
        {
            f"{P}badges/grade.svg": b"<svg>A</svg>",
            f"{P}index.json": json.dumps(index).encode(),
            f"{P}404.html": None,
        }
    )
    result = world.deploy()
    assert set(result.changed) == {f"{P}badges/grade.svg", f"{P}index.json", f"{P}404.html"}
    assert world.published(P) == tree(world.site)
    assert any("badges/grade.svg" in text for text in result.warnings)


@pytest.mark.parametrize(
    "prefix",
    [
        "..",
        "../x",
        "/abs",
        "a/../b",
        "a//b",
        ".git",
        "a/.GIT",
        "a\\b",
        "a\nb",
        "\0",
        "./a",
        "//",
        "x" * 300,
        "\ud800",
    ],
)
def test_a_prefix_stays_inside_of_the_branch(world, prefix):
    with pytest.raises(UsageError, match="--prefix"):
        world.deploy(prefix=prefix)
    assert world.git("for-each-ref", at=world.remote) == ""


def test_a_prefix_has_one_form():
    assert [normalize_prefix(text) for text in ("", ".", "./", "a", "a/", "a/b")] == [
        "",
        "",
        "",
        "a/",
        "a/",
        "a/b/",
    ]


def test_a_hostile_branch_is_wrong_use(world):
    with pytest.raises(UsageError):
        world.deploy(branch="x:refs/heads/main")
    assert world.git("for-each-ref", at=world.remote) == ""
    assert world.journal() == []


def test_an_unknown_rule_is_named_with_the_known_ones(world):
    with pytest.raises(UsageError) as caught:
        world.deploy(accept=["everything"])
    assert all(rule in caught.value.hint for rule in RULES)


def test_no_folder_is_wrong_use(world):
    with pytest.raises(InputError, match="no such folder"):
        world.deploy(site=world.site / "nowhere")


def test_no_remote_is_worth_a_retry(world):
    shutil.rmtree(world.remote)
    with pytest.raises(ExternalError) as caught:
        world.deploy()
    assert caught.value.exit_status == 3
    assert world.journal()[-1]["outcome"] == "failed"


def test_a_journal_that_cannot_be_written_hides_no_reason(world):
    (world.site / "index.html").unlink()
    (world.clone / "security/status/journal.jsonl").mkdir()
    with pytest.raises(CheckFailedError) as caught:
        world.deploy()
    assert any("index.html" in line for line in caught.value.details)
    assert "journal" in caught.value.details[-1]


def test_a_journal_that_cannot_be_written_afterwards_hides_no_commit(world):
    (world.clone / "security/status/journal.jsonl").mkdir()
    with pytest.raises(ExternalError, match="journal") as caught:
        world.deploy()
    commit = world.git("rev-parse", BRANCH, at=world.remote)
    assert commit in caught.value.details[-1]


def test_an_address_that_nobody_knows_cannot_be_asked(world):
    (world.clone / "pyproject.toml").write_text('[project]\nname = "kelpwright"\n')
    with pytest.raises(UsageError, match="--wait"):
        world.deploy(wait=1)
    assert world.git("for-each-ref", at=world.remote) == ""


# Races and kills


def at_once(*jobs):
    """Run them at the same time; what each returned or raised."""
    found = [None] * len(jobs)

    def run(number, job):
        try:
            found[number] = job()
        except Exception as error:  # for the test to look at
            found[number] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.parametrize("existing", [False, True])
def test_three_deployments_at_once_all_land(world, existing):
    if existing:
        world.by_hand({"docs/a.html": b"docs"})
    ask = DeployOptions(site=world.site)
    found = at_once(
        *(
            partial(deploy_site, world.clone, NOW, replace(ask, address=BranchAddress(prefix=name)))
            for name in "abc"
        )
    )
    assert all(getattr(one, "commit", "") for one in found), found
    for name in "abc":
        assert world.published(f"{name}/") == tree(world.site)
    assert world.commits() == 3 + existing


def test_three_deployments_of_one_site_are_one_commit(world):
    found = at_once(
        *(partial(deploy_site, world.clone, NOW, DeployOptions(site=world.site)) for _ in range(3))
    )
    assert all(hasattr(one, "commit") for one in found), found
    assert world.commits() == 1
    assert world.published(P) == tree(world.site)


def test_who_is_overtaken_by_a_newer_site_gives_way(world, monkeypatch):
    """What was right when it was looked at is looked at again after a race."""
    build_site(world.clone, later := world.site.parent / "later", NOW + timedelta(days=1))
    real, raced = PagesBranch.push, []

    def push(self, made, tip, **more):
        if not raced:
            raced.append(True)
            world.deploy(site=later)
        return real(self, made, tip, **more)

    monkeypatch.setattr(PagesBranch, "push", push)
    with pytest.raises(CheckFailedError) as caught:
        world.deploy()
    assert any(line.startswith("as-of: ") for line in caught.value.details)
    assert world.published(P) == tree(later)


def test_a_branch_that_never_stands_still_ends_the_tries(world, monkeypatch):
    tried = []
    monkeypatch.setattr(PagesBranch, "push", lambda *a, **k: tried.append(1) or Pushed.OVERTAKEN)
    with pytest.raises(ExternalError, match="other pushes came first"):
        world.deploy()
    assert len(tried) == TRIES


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_call_the_branch_is_old_or_new(world, after, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    world.deploy()
    old = tree(world.site)
    build_site(world.clone, world.site, NOW + timedelta(days=1))
    new, seen, mended = tree(world.site), set(), []
    refs = world.git("for-each-ref")
    folders = (world.clone, world.remote)
    for folder in folders:
        shutil.copytree(folder, f"{folder}-before")
    before = {folder: tree(folder) for folder in folders}
    there = {*tmp_path.iterdir()}
    for number in range(60):
        deploy = partial(world.deploy, now=NOW + timedelta(days=1))
        killed = is_killed(number, deploy, (), programs=("git",), after=after)
        found = world.published(P)
        assert found in (old, new), number
        seen.add(found == new)
        assert world.git("for-each-ref") == refs
        # Most kills leave the same files behind, to the byte, and what follows is the same too.
        scratch = bool({*tmp_path.iterdir()} - there)
        if (left := (scratch, *(tree(folder) for folder in folders))) not in mended:
            assert world.deploy(now=NOW + timedelta(days=1)).exit_status == 0
            assert world.published(P) == new
            world.git("fsck", "--strict", at=world.remote)
            mended.append(left)
        if not killed:
            break
        for folder in folders:
            if tree(folder) != before[folder]:
                shutil.rmtree(folder)
                shutil.copytree(f"{folder}-before", folder)
    else:
        pytest.fail("the deployment never came to its end")
    assert seen == {False, True}
    assert len(mended) >= 3
    assert number > 15


def test_killed_while_the_remote_receives_the_branch_is_old_or_new(world, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    world.deploy()
    old = tree(world.site)
    build_site(world.clone, world.site, NOW + timedelta(days=1))
    hook = world.remote / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nkill -9 $(cat {tmp_path}/pid)\n")
    hook.chmod(0o755)

    def work():
        (tmp_path / "pid").write_text(str(os.getpid()))
        world.deploy(now=NOW + timedelta(days=1))

    assert end_of(start(work)) == -signal.SIGKILL
    assert world.published(P) in (old, tree(world.site))
    hook.unlink()
    world.deploy(now=NOW + timedelta(days=1))
    assert world.published(P) == tree(world.site)
    assert world.commits() == 2


# What is served


@pytest.fixture
def server():
    with serving() as found:
        yield found


def test_after_a_deployment_the_address_is_asked(world, server, monkeypatch):
    monkeypatch.setattr(deploying.Project, "config", configured(server))
    world.deploy()

    def update():
        server.files = world.published(P)

    server.before_answer = update
    build_site(world.clone, world.site, NOW + timedelta(days=1))
    result = world.deploy(wait=30)
    assert (result.served.state, result.exit_status) == (ServedState.SAME, 0)
    assert [event["kind"] for event in world.journal()] == [
        "deploy",
        "build",
        "deploy",
        "served",
    ]
    assert world.journal()[-1]["outcome"] == "same"
    assert result.document()["served"]["state"] == "same"
    server.before_answer = lambda: server.files.update({"index.html": b"painted"})
    clock = FakeClock()
    result = world.deploy(wait=30, timing=clock.timing)
    assert clock.now == pytest.approx(30)
    assert (result.served.state, result.exit_status) == (ServedState.DIFFERENT, 1)
    assert "Served: different" in result.text()


def configured(server):
    return replace(load_config(STATES / "history", None), base_url=server.url)
