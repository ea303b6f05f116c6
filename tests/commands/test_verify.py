"""verify against real servers on this machine: an index of JSON that lies on demand, pypiserver."""

import base64
import json
import os
import subprocess
import sys
import time
import types
import urllib.request
from datetime import UTC, datetime
from hashlib import sha1, sha256
from pathlib import Path

import pytest

from secstatus.commands.index_address import index_address
from secstatus.commands.verify import attestations, verify_release
from secstatus.errors import CheckFailedError, InputError, UsageError
from secstatus.publishing.policy import VerifyPolicy
from secstatus.publishing.stages import StageState
from secstatus.publishing.verification import Attested, FileState, Publication
from tests.support.clock import FakeClock
from tests.support.faults import cut, down, replies
from tests.support.server import FaultyServer, running

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
FILES = {"limpet-1.2.tar.gz": b"an sdist", "limpet-1.2-py3-none-any.whl": b"a wheel"}
SDIST, WHEEL = FILES
CONFIG = (
    '[project]\nname = "limpet"\nversion = "1.2"\n[tool.secstatus]\nrepository = "kelp/limpet"\n'
)


class Index(FaultyServer):
    """A package index of JSON."""

    def lists(self, *entries, **more):
        page = {"meta": {"api-version": "1.4"}, "name": "limpet", "files": list(entries), **more}
        self.files["simple/limpet/"] = json.dumps(page)

    def releases(self, *names):
        urls = [{"filename": n, "digests": {"sha256": digest(FILES[n])}} for n in names]
        document = {"info": {"name": "limpet", "version": "1.2"}, "urls": urls}
        self.files["pypi/limpet/1.2/json"] = json.dumps(document)


@pytest.fixture
def index():
    with running(Index(below="/")) as server:
        yield server


@pytest.fixture
def root(tmp_path):
    (tmp_path / "pyproject.toml").write_text(CONFIG)
    (tmp_path / "dist").mkdir()
    for name, content in FILES.items():
        (tmp_path / "dist" / name).write_bytes(content)
    return tmp_path


def digest(content):
    return sha256(content).hexdigest()


def right(name, **more):
    hashes = {"sha256": digest(FILES[name])}
    return {"filename": name, "hashes": hashes, "size": len(FILES[name]), **more}


def ask(root, index, timeout=0.0, then=None, policy=None):
    fake = FakeClock(then)
    said = []
    found = verify_release(
        root,
        NOW,
        index_url=f"{index.url}simple/",
        timeout=timeout,
        progress=said.append,
        policy=policy,
        timing=fake.timing,
    )
    return found, fake, said


def states(found):
    return {each.name: each.state for each in found.report.files}


def test_what_was_built_is_published(root, index):
    index.lists(right(SDIST), right(WHEEL))
    index.releases(SDIST, WHEEL)
    found, fake, _ = ask(root, index, 60)
    assert (found.report.state, found.exit_status) == (Publication.PUBLISHED, 0)
    assert fake.waits == []
    paths, accepted = zip(
        *((each.path, each.headers["Accept"]) for each in index.seen), strict=True
    )
    assert paths == ("/pypi/limpet/1.2/json", "/simple/limpet/")
    assert accepted[1].startswith("application/vnd.pypi.simple.v1+json, ")
    document = found.document()
    assert [each["name"] for each in document["stages"]] == ["files", "index", "attestations"]
    assert set(document["stages"][0]) >= {"name", "state", "seconds", "detail"}
    assert (document["state"], document["version"]) == ("published", "1.2")
    assert "limpet 1.2 is published" in found.text()


def test_a_stale_index_is_waited_for(root, index):
    index.releases(SDIST, WHEEL)

    def then(number):
        if number == 2:
            index.lists(right(SDIST))
        if number == 4:
            index.lists(right(SDIST), right(WHEEL))

    found, fake, said = ask(root, index, 600, then)
    assert found.report.state is Publication.PUBLISHED
    assert len(fake.waits) == 4
    assert fake.waits == sorted(fake.waits)
    assert said[0].startswith("not yet visible: 0 of 2")
    assert said[2].startswith("not yet visible: 1 of 2")


def test_not_yet_visible_is_not_the_same_as_not_published(root, index):
    found, fake, said = ask(root, index, 100)
    assert (found.report.state, found.exit_status) == (Publication.NOT_PUBLISHED, 3)
    assert (fake.now, said[0].split(":")[0]) == (100, "not published")
    index.releases(SDIST, WHEEL)
    found, _, _ = ask(root, index)
    assert (found.report.state, found.exit_status) == (Publication.NOT_VISIBLE, 3)
    assert set(states(found).values()) == {FileState.NOT_VISIBLE}
    index.files.clear()
    index.lists(right(SDIST))
    found, _, _ = ask(root, index)
    assert found.report.state is Publication.NOT_VISIBLE
    assert states(found) == {SDIST: FileState.SAME, WHEEL: FileState.MISSING}


def test_other_bytes_are_an_alarm_at_once(root, index):
    index.lists(right(SDIST), {**right(WHEEL), "hashes": {"sha256": "0" * 64}})
    found, fake, _ = ask(root, index, 600)
    assert (found.report.state, found.exit_status) == (Publication.DIFFERENT, 1)
    assert fake.waits == []
    assert "0" * 64 in found.text()
    assert "NOT WHAT WAS BUILT" in found.headline


def test_a_foreign_file_of_the_release_is_an_alarm(root, index):
    foreign = {"filename": "limpet-1.2-cp311-cp311-win32.whl", "hashes": {"sha256": "1" * 64}}
    index.lists(right(SDIST), right(WHEEL), foreign)
    found, _, _ = ask(root, index, 600)
    assert found.report.state is Publication.DIFFERENT
    assert states(found)[foreign["filename"]] is FileState.UNEXPECTED


def test_yanked_is_told_with_its_reason(root, index):
    index.lists(right(SDIST), right(WHEEL, yanked="eats\x1b[31m files"))
    found, fake, _ = ask(root, index, 600)
    assert (found.report.state, found.exit_status, fake.waits) == (Publication.YANKED, 1, [])
    assert found.document()["files"][0]["yanked_reason"] == "eats\x1b[31m files"
    assert "\x1b" not in found.text()
    assert "eats" in found.text()


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"meta": {"api-version": "9.0"}, "name": "limpet", "files": []}', "\ufeff{}"],
)
def test_an_answer_that_cannot_be_read_is_no_answer(root, index, text):
    index.files["simple/limpet/"] = text
    found, _, _ = ask(root, index, 100)
    assert (found.report.state, found.exit_status) == (Publication.UNREACHABLE, 3)


@pytest.mark.parametrize(
    "answer", [cut, replies(302, Location="http://example.org/simple/limpet/"), down]
)
def test_a_server_that_does_not_answer_is_unreachable(root, index, answer):
    index.faults["simple/limpet/"] = answer
    found, _, _ = ask(root, index, 40)
    assert found.report.state is Publication.UNREACHABLE
    assert "127.0.0.1" in found.report.notes[0]


def test_a_bad_json_of_the_release_changes_nothing(root, index):
    index.lists(right(SDIST), right(WHEEL))
    index.files["pypi/limpet/1.2/json"] = "<html>parked</html>"
    found, _, _ = ask(root, index)
    assert found.report.state is Publication.PUBLISHED
    assert "says nothing" in found.report.notes[0]


def test_credentials_are_not_shown(root, index):
    index.lists(right(SDIST), right(WHEEL))
    url = f"{index.url}simple/".replace("http://", "http://me:s3cret@")
    found = verify_release(root, NOW, index_url=url, timeout=0, timing=FakeClock().timing)
    assert found.exit_status == 0
    assert "s3cret" not in found.text() + json.dumps(found.document())


# The folder and the address


def test_a_folder_without_distributions_is_refused(root):
    for path in (root / "dist").iterdir():
        path.unlink()
    (root / "dist" / "notes.txt").write_text("x")
    with pytest.raises(InputError, match="no distribution"):
        verify_release(root, NOW, index_url="http://127.0.0.1:1/simple/")
    with pytest.raises(InputError, match="no such folder"):
        verify_release(root, NOW, Path("nowhere"), index_url="http://127.0.0.1:1/simple/")


def test_files_that_are_not_those_of_their_checksums_are_refused(root, index):
    lines = "".join(f"{digest(content)}  {name}\n" for name, content in FILES.items())
    (root / "dist/SHA256SUMS").write_text(lines)
    index.lists(right(SDIST), right(WHEEL))
    assert ask(root, index)[0].exit_status == 0
    (root / "dist" / WHEEL).write_bytes(b"another wheel")
    (root / "dist/limpet-1.2.zip").write_bytes(b"a third")
    (root / "dist" / SDIST).unlink()
    with pytest.raises(CheckFailedError) as raised:
        ask(root, index)
    assert [line.rpartition(": ")[2] for line in raised.value.details] == [
        "other bytes",
        "missing",
        "not in the checksums",
    ]


@pytest.mark.parametrize("text", ["x", f"{'a' * 64}  ../x\n", f"{'a' * 64}  x\n" * 2, "\0"])
def test_checksums_that_are_none_are_refused(root, index, text):
    (root / "dist/SHA256SUMS").write_text(text)
    with pytest.raises(InputError, match="SHA256SUMS"):
        ask(root, index)


def test_where_the_index_is(monkeypatch):
    address = index_address("https://example.org/mirror/simple")
    assert address.simple("Lim_Pet") == "https://example.org/mirror/simple/lim-pet/"
    assert address.release("limpet", "1.2") == "https://example.org/mirror/pypi/limpet/1.2/json"
    assert index_address("https://example.org/index/").release("limpet", "1.2") is None
    assert index_address("").root.endswith("/simple/")
    monkeypatch.setattr("secstatus.commands.index_address.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="the package index is not configured") as raised:
        index_address("")
    assert "--index-url" in raised.value.hint


@pytest.mark.parametrize("url", ["http://example.org/simple/", "x", "https://example.org/?a=b"])
def test_an_address_that_cannot_be_asked(root, url):
    with pytest.raises(UsageError):
        verify_release(root, NOW, index_url=url)


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_a_time_that_is_none(root, index, seconds):
    with pytest.raises(UsageError, match="--timeout"):
        ask(root, index, seconds)


def test_a_file_of_an_impossible_name_is_no_distribution(root, index):
    (root / "dist" / os.fsdecode(b"limpet\xff-1.2.tar.gz")).write_bytes(b"x")
    index.lists(right(SDIST), right(WHEEL))
    found, _, _ = ask(root, index)
    assert set(states(found)) == set(FILES)


# Attestations


class Claim:
    def __init__(self, **more):
        self.__dict__.update(more)


def library(wrong=()):
    """A stand-in with the names of pypi_attestations; `wrong` are signatures that do not hold."""
    made = types.ModuleType("pypi_attestations")
    made.asked = []

    class GitHubPublisher(Claim):
        pass

    class AttestationError(ValueError):
        pass

    class Provenance:
        @classmethod
        def model_validate_json(cls, text):
            return Claim(attestation_bundles=[bundle(each) for each in json.loads(text)])

    class Signature(Claim):
        def verify(self, identity, dist):
            made.asked.append((identity.repository, dist.name, dist.digest))
            if self.name in wrong:
                raise AttestationError("subject does not match distribution digest")
            if self.name == "no root":
                raise OSError("no trust root")

    def bundle(each):
        kind = GitHubPublisher if each.get("kind", "GitHub") == "GitHub" else Claim
        publisher = kind(
            repository=each.get("repository", "Kelp/limpet"),
            workflow=each.get("workflow", "release.yml"),
            environment=each.get("environment"),
        )
        return Claim(
            publisher=publisher,
            attestations=[Signature(name=name) for name in each.get("signed", ["good"])],
        )

    made.GitHubPublisher, made.AttestationError, made.Provenance = (
        GitHubPublisher,
        AttestationError,
        Provenance,
    )
    made.Distribution = Claim
    return made


@pytest.fixture
def signed(index):
    """`signed(bundles)` lists both files with this provenance."""

    def lists(bundles, host=""):
        for name in FILES:
            path = f"integrity/limpet/1.2/{name}/provenance"
            index.files[path] = bundles if isinstance(bundles, str) else json.dumps(bundles)
        index.lists(
            *(
                right(
                    name,
                    provenance=f"{host or index.origin}/integrity/limpet/1.2/{name}/provenance",
                )
                for name in FILES
            )
        )

    return lists


def attested(found):
    return {(each.attested, each.signer) for each in found.report.files}


def test_without_the_library_nothing_is_verified(root, index, signed, monkeypatch):
    monkeypatch.setitem(sys.modules, "pypi_attestations", None)
    assert not attestations.is_installed()
    signed([{}])
    found, _, _ = ask(root, index)
    assert found.exit_status == 0
    ((state, why),) = attested(found)
    assert (state, "secstatus[attestations]" in why) == (Attested.NOT_CHECKED, True)
    assert found.stages[-1].state is StageState.SKIPPED
    assert "not checked" in found.text()
    policy = VerifyPolicy(attestations_required=True)
    found, _, _ = ask(root, index, policy=policy)
    assert (found.report.state, found.exit_status) == (Publication.UNPROVED, 1)


def test_attestations_of_the_repository_are_verified(root, index, signed, monkeypatch):
    made = library()
    monkeypatch.setitem(sys.modules, "pypi_attestations", made)
    signed([{}])
    policy = VerifyPolicy(attestations_required=True, workflow="release.yml")
    found, _, _ = ask(root, index, policy=policy)
    assert (found.exit_status, found.stages[-1].state) == (0, StageState.PASSED)
    assert {state for state, _ in attested(found)} == {Attested.VERIFIED}
    assert made.asked == [("Kelp/limpet", name, digest(FILES[name])) for name in sorted(FILES)]


@pytest.mark.parametrize(
    ("bundles", "reason"),
    [
        ([{"repository": "evil/limpet"}], "signed by the repository 'evil/limpet'"),
        (
            [{"environment": "pypi"}, {"repository": "evil/limpet"}],
            "signed by the repository 'evil/limpet'",
        ),
        ([{"workflow": "other.yml"}], "signed by the workflow 'other.yml'"),
        ([{"environment": "test"}], "signed in the environment 'test'"),
        ([{"kind": "Google"}], "signed by a Claim"),
        ([{"environment": "pypi", "signed": []}], "no attestation"),
        ([], "no attestation"),
        ([{"environment": "pypi", "signed": ["good", "bad"]}], "does not match"),
        ("{", "Expecting"),
    ],
)
def test_attestations_that_do_not_hold_are_an_alarm(
    root, index, signed, monkeypatch, bundles, reason
):
    monkeypatch.setitem(sys.modules, "pypi_attestations", library(wrong=["bad"]))
    signed(bundles)
    policy = VerifyPolicy(workflow="release.yml", environment="PyPI")
    found, _, _ = ask(root, index, policy=policy)
    assert (found.report.state, found.exit_status) == (Publication.DIFFERENT, 1)
    assert {state for state, _ in attested(found)} == {Attested.FAILED}
    assert all(reason in signer for _, signer in attested(found))


@pytest.mark.parametrize("reason", ["no trust root", "another host", "no repository", "status 503"])
def test_what_cannot_be_checked_is_not_verified(root, index, signed, monkeypatch, reason):
    monkeypatch.setitem(sys.modules, "pypi_attestations", library())
    signed([{"signed": ["no root"]}], "https://example.org" if reason == "another host" else "")
    if reason == "no repository":
        (root / "pyproject.toml").write_text('[project]\nname = "limpet"\n')
    if reason == "status 503":
        for name in FILES:
            index.faults[f"integrity/limpet/1.2/{name}/provenance"] = down
    found, _, _ = ask(root, index)
    assert found.exit_status == 0
    assert {state for state, _ in attested(found)} == {Attested.NOT_CHECKED}
    assert all(reason in why for _, why in attested(found))
    policy = VerifyPolicy(attestations_required=True)
    assert ask(root, index, policy=policy)[0].exit_status == 1


def test_no_provenance_is_told(root, index):
    index.lists(right(SDIST, provenance=None), right(WHEEL))
    found, _, _ = ask(root, index)
    assert {each.attested for each in found.report.files} == {Attested.ABSENT}
    assert found.stages[-1].detail == "2 absent"


# A real index


@pytest.fixture
def pypiserver(tmp_path):
    """pypiserver on a port of its own, for one user; the address of its simple index."""
    word = base64.b64encode(sha1(b"word").digest()).decode()
    (tmp_path / "users").write_text(f"__token__:{{SHA}}{word}\n")
    (tmp_path / "packages").mkdir()
    with running(Index()) as free:
        port = free.server_port
    command = [sys.executable, "-W", "ignore", "-m", "pypiserver", "run", "-i", "127.0.0.1"]
    command += [
        "-p",
        str(port),
        "-P",
        str(tmp_path / "users"),
        "-a",
        "update",
        "--disable-fallback",
    ]
    with subprocess.Popen(
        [*command, str(tmp_path / "packages")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait(f"http://127.0.0.1:{port}/health", server)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


def _wait(url, server):
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            assert server.poll() is None, "pypiserver has ended"
            assert time.monotonic() < end, "pypiserver does not answer"
            time.sleep(0.1)


def upload(url, *paths):
    environment = {**os.environ, "TWINE_USERNAME": "__token__", "TWINE_PASSWORD": "word"}
    words = ["-m", "twine", "upload", "--non-interactive", "--disable-progress-bar"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *words, "--repository-url", url, *map(str, paths)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_upload_by_twine_to_pypiserver(tmp_path, pypiserver):
    project = tmp_path / "limpet"
    (project / "limpet").mkdir(parents=True)
    (project / "limpet/__init__.py").write_text('"""A limpet."""\n')
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "limpet"\nversion = "1.2"\n'
    )
    subprocess.run(
        [sys.executable, "-P", "-m", "build", "--no-isolation", str(project)],
        check=True,
        capture_output=True,
    )
    question = {"index_url": f"{pypiserver}simple/", "timeout": 0}
    built = sorted((project / "dist").iterdir())
    assert verify_release(project, NOW, **question).report.state is Publication.NOT_PUBLISHED
    upload(pypiserver, built[0])
    assert verify_release(project, NOW, **question).report.state is Publication.NOT_VISIBLE
    upload(pypiserver, built[1])
    found = verify_release(project, NOW, **question)
    assert (found.report.state, found.exit_status) == (Publication.PUBLISHED, 0)
    built[0].write_bytes(built[0].read_bytes() + b"\n")
    assert verify_release(project, NOW, **question).report.state is Publication.DIFFERENT
