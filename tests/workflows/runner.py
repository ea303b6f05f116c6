"""A runner for workflows without GitHub: jobs in the order of their needs, every `run:` by bash.

Real are bash, git, the files of the runner's environment, and the rights of a job's token. Actions
are played: checkout clones, caches and artifacts are folders, the publishing action is a recorder.
What is not known here is an error.
"""

import os
import re
import shutil
import subprocess
from base64 import b64encode
from dataclasses import dataclass, field
from itertools import count

import yaml

from tests.support.repositories import write_settings
from tests.workflows import stand_ins, warm
from tests.workflows.expressions import as_text, filled, holds

SHA = re.compile(r"[0-9a-f]{40}")
# libyaml's, where it is there, takes a third of the time.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OUTPUT = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)(<<|=)(.*)")


def assignments(text):
    """What a file of outputs or of the environment says; what GitHub would refuse is an error."""
    found, lines = {}, iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        match = _OUTPUT.fullmatch(line)
        assert match, f"neither NAME=VALUE nor NAME<<FRAME: {line!r}"
        if match[2] == "=":
            found[match[1]] = match[3]
            continue
        value = []
        for inner in lines:
            if inner == match[3]:
                break
            value.append(inner)
        else:
            raise AssertionError(f"{match[1]}: the frame {match[3]!r} is never closed")
        found[match[1]] = "\n".join(value)
    return found


def _read(text):
    return yaml.load(text, _LOADER)


@dataclass
class Job:
    """How a job ended. `log`: what its steps printed; `steps`: name → outcome."""

    result: str = "skipped"
    outputs: dict = field(default_factory=dict)
    log: str = ""
    steps: dict = field(default_factory=dict)
    summary: str = ""


@dataclass
class Run:
    """How a run ended. Jobs of a called workflow are named `caller/job`."""

    jobs: dict
    result: str
    outputs: dict = field(default_factory=dict)

    @property
    def log(self):
        return "\n".join(f"== {name}\n{job.log}" for name, job in self.jobs.items())

    def of(self, name):
        return self.jobs[name]


class Runner:
    """One repository at GitHub, with its caches, and the runs of its workflows."""

    def __init__(self, place, hub):
        self.place, self.hub = place, hub
        self.desk = place / "desk"
        self.desk.mkdir(exist_ok=True)
        self.bin = stand_ins.install(place / "bin", self.desk)
        (self.desk / "program").write_text(warm.address())
        (self.desk / "osv").write_text(hub.url)
        (self.desk / "pages").write_text(f"{hub.url}/pages/security-status/")
        (place / "home").mkdir(exist_ok=True)
        write_settings(place / "home", identity="")
        self.caches, self.published, self.numbers = {}, [], count(1)
        # `JOB` or `JOB/STEP` → what happens elsewhere just before it begins; it gets the artifacts.
        self.meanwhile, self.index_is_down = {}, False
        self.clock = 0

    def go_on_from(self, before):
        """What a runner in a folder that was copied knew."""
        self.caches = {
            key: self.place / kept.relative_to(before.place) for key, kept in before.caches.items()
        }
        self.published, self.numbers = [*before.published], count(next(before.numbers) + 1)
        self.clock = before.clock

    def at(self, moment):
        """Set the clock."""
        self.clock = int(moment.timestamp())
        (self.desk / "clock").write_text(str(self.clock))

    def run(self, workflow, event="workflow_dispatch", ref="refs/heads/main", inputs=None):
        """Run a workflow of the repository, as it is at that ref."""
        sha = self.hub.git("rev-parse", f"{ref}^{{commit}}")
        document = _read(self.hub.file(sha, f".github/workflows/{workflow}"))
        assert event in document[True], f"{workflow} does not start by {event}"
        asked = ((document[True][event] or {}) if event == "workflow_dispatch" else {}).get(
            "inputs"
        ) or {}
        given = {name: each.get("default") for name, each in asked.items()} | (inputs or {})
        github = {
            "event_name": event,
            "ref": ref,
            "ref_name": ref.split("/", 2)[2],
            "ref_type": "tag" if ref.startswith("refs/tags/") else "branch",
            "repository": self.hub.name,
            "run_id": str(next(self.numbers)),
            "server_url": self.hub.url,
            "sha": sha,
        }
        return _Flow(self, github, {}, document, given, None).run()

    def started(self):
        """The workflows that were started through the API since the last time: (file, ref)."""
        calls = [
            call for call in stand_ins.noted(self.desk, "gh") if call[:2] == ["workflow", "run"]
        ]
        (self.desk / "gh.calls").unlink(missing_ok=True)
        return [(call[2], call[call.index("--ref") + 1]) for call in calls]


class _Flow:
    """One workflow file of a run. `rights`: the most that the caller allows; None: no caller."""

    def __init__(self, runner, github, artifacts, document, inputs, rights):
        self.runner, self.github, self.artifacts = runner, github, artifacts
        self.document, self.inputs, self.rights = document, inputs, rights
        self.jobs, self.inner = {}, {}

    def run(self):
        waiting = dict(self.document["jobs"])
        while waiting:
            name = next(n for n, job in waiting.items() if not {*_needs(job)} & waiting.keys())
            self.jobs[name] = self._job(name, waiting.pop(name))
        told = {
            name: {"outputs": job.outputs, "result": job.result} for name, job in self.jobs.items()
        }
        called = (self.document[True].get("workflow_call") or {}).get("outputs") or {}
        outputs = {k: as_text(filled(v["value"], {"jobs": told})) for k, v in called.items()}
        bad = any(job.result == "failure" for job in self.jobs.values())
        return Run({**self.jobs, **self.inner}, "failure" if bad else "success", outputs)

    def _job(self, name, job):
        needs = {n: self.jobs[n] for n in _needs(job)}
        contexts = {
            "github": {**self.github, "token": "-"},
            "inputs": self.inputs,
            "needs": {n: {"outputs": j.outputs, "result": j.result} for n, j in needs.items()},
        }
        before = self._before(job)
        states = {
            "success": all(j.result == "success" for j in before.values()),
            "failure": any(j.result == "failure" for j in before.values()),
            "cancelled": False,
        }
        if not holds(job.get("if"), contexts, states):
            return Job()
        rights = job.get("permissions", self.document["permissions"])
        if self.rights is not None:
            over = [k for k, v in rights.items() if _rank(v) > _rank(self.rights.get(k))]
            assert not over, f"{name} wants {over}, which the caller does not give"
        if "uses" in job:
            return self._call(name, job, contexts, rights)
        return _JobRun(self, name, job, contexts, rights).run()

    def _before(self, job):
        """Every job that this one needs, and what those need."""
        found = {}
        for name in _needs(job):
            found |= {name: self.jobs[name], **self._before(self.document["jobs"][name])}
        return found

    def _call(self, name, job, contexts, rights):
        path = job["uses"].removeprefix("./")
        assert path != job["uses"], f"{job['uses']} is not in this repository"
        document = _read(self.runner.hub.file(self.github["sha"], path))
        asked = document[True]["workflow_call"].get("inputs") or {}
        given = {k: filled(v, contexts) for k, v in (job.get("with") or {}).items()}
        assert given.keys() <= asked.keys(), f"{name} gives {sorted(given.keys() - asked.keys())}"
        inputs = {k: each.get("default") for k, each in asked.items()} | given
        for key, each in asked.items():
            kind = {"string": str, "boolean": bool}[each["type"]]
            assert isinstance(inputs[key], kind), f"{key} is {inputs[key]!r}"
        run = _Flow(self.runner, self.github, self.artifacts, document, inputs, rights).run()
        self.inner |= {f"{name}/{inner}": found for inner, found in run.jobs.items()}
        return Job(run.result, run.outputs)


def _needs(job):
    needs = job.get("needs") or []
    return [needs] if isinstance(needs, str) else needs


def _rank(right):
    return {None: 0, "none": 0, "read": 1, "write": 2}[right]


class _JobRun:
    """A job on a machine of its own: nothing is there but what its steps bring."""

    def __init__(self, flow, name, job, contexts, rights):
        self.flow, self.name, self.job, self.rights = flow, name, job, rights
        self.runner, self.found = flow.runner, Job("success")
        self.machine = (
            self.runner.place
            / "machines"
            / f"{flow.github['run_id']}-{next(self.runner.numbers)}-{name}"
        )
        self.workspace, self.temp = self.machine / "work", self.machine / "temp"
        for folder in (self.workspace, self.temp):
            folder.mkdir(parents=True)
        self.token = self.runner.hub.token(rights)
        self.contexts = {
            **contexts,
            "github": {**flow.github, "token": self.token},
            "runner": {"temp": str(self.temp)},
            "steps": {},
            "env": {},
        }
        self.variables = {}

    def run(self):
        self._elsewhere(self.name)
        env = {**(self.flow.document.get("env") or {}), **(self.job.get("env") or {})}
        self.variables = {k: as_text(filled(v, self.contexts)) for k, v in env.items()}
        self._steps(self.job["steps"], self.contexts)
        asked = self.job.get("outputs") or {}
        self.found.outputs = {k: as_text(filled(v, self.contexts)) for k, v in asked.items()}
        self.found.summary = (
            (self.machine / "summary").read_text() if (self.machine / "summary").exists() else ""
        )
        return self.found

    def _elsewhere(self, name):
        self.runner.meanwhile.pop(name, lambda artifacts: None)(self.flow.artifacts)

    def _steps(self, steps, contexts):
        for number, step in enumerate(steps):
            states = {
                "success": self.found.result == "success",
                "failure": self.found.result == "failure",
                "cancelled": False,
            }
            outcome, outputs = "skipped", {}
            if holds(step.get("if"), contexts, states):
                self._elsewhere(f"{self.name}/{step.get('name')}")
                self.found.log += f"-- {step.get('name')}\n"
                good, outputs = self._step(step, contexts)
                outcome = "success" if good else "failure"
            if outcome == "failure":
                self.found.result = "failure"
            self.found.steps[step.get("name", str(number))] = outcome
            if "id" in step:
                contexts["steps"][step["id"]] = {"outcome": outcome, "outputs": outputs}

    def _step(self, step, contexts):
        env = {k: as_text(filled(v, contexts)) for k, v in (step.get("env") or {}).items()}
        if "run" in step:
            return self._bash(step, env)
        given = {k: filled(v, contexts) for k, v in (step.get("with") or {}).items()}
        if step["uses"].startswith("./"):
            return self._composite(step["uses"], given)
        action = step["uses"].partition("@")[0]
        played = _ACTIONS.get(action)
        assert played, f"nobody plays {action}"
        return played(self, given)

    def _bash(self, step, env):
        assert "${{" not in step["run"], f"an expression in the shell of {step.get('name')}"
        shell = step.get("shell") or self.flow.document["defaults"]["run"]["shell"]
        assert shell == "bash"
        script, output = self.machine / "script.sh", self.machine / "output"
        script.write_text(step["run"])
        output.write_text("")
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        done = subprocess.run(
            command,
            cwd=self.workspace,
            env=self._environment(env, output),
            capture_output=True,
            check=False,
        )
        self.found.log += (done.stdout + done.stderr).decode("utf-8", "replace")
        self.found.log += f"[status {done.returncode}]\n" if done.returncode else ""
        return done.returncode == 0, assignments(output.read_text("utf-8"))

    def _environment(self, env, output):
        github = self.flow.github
        return {
            "PATH": f"{self.runner.bin}:{os.environ['PATH']}",
            "HOME": str(self.runner.place / "home"),
            "LANG": "C.UTF-8",
            "CI": "true",
            "SOURCE_DATE_EPOCH": str(self.runner.clock),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.runner.hub.api.address,
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.machine / "summary"),
            "GITHUB_REF": github["ref"],
            "GITHUB_REF_NAME": github["ref_name"],
            "GITHUB_REF_TYPE": github["ref_type"],
            "GITHUB_REPOSITORY": github["repository"],
            "GITHUB_RUN_ID": github["run_id"],
            "GITHUB_SERVER_URL": github["server_url"],
            "GITHUB_SHA": github["sha"],
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
            **self.variables,
            **env,
        }

    def _composite(self, path, given):
        action = _read((self.workspace / path / "action.yml").read_text("utf-8"))
        contexts = {
            **self.contexts,
            "github": {**self.contexts["github"], "action_path": str(self.workspace / path)},
            "steps": {},
        }
        assert given.keys() <= action["inputs"].keys(), sorted(
            given.keys() - action["inputs"].keys()
        )
        defaults = {
            k: filled(each.get("default", ""), contexts) for k, each in action["inputs"].items()
        }
        contexts["inputs"] = defaults | {k: as_text(v) for k, v in given.items()}
        before = self.found.result
        self._steps(action["runs"]["steps"], contexts)
        outputs = {
            k: as_text(filled(each["value"], contexts)) for k, each in action["outputs"].items()
        }
        return self.found.result == before, outputs

    # The actions


def _checkout(job, given):
    assert given.get("persist-credentials") is False
    hub, work = job.runner.hub, job.workspace
    ref = given.get("ref") or job.flow.github["ref"]
    header = b64encode(f"x-access-token:{job.token}".encode()).decode()
    access = [
        "-c",
        f"http.extraheader=AUTHORIZATION: basic {header}",
        "-c",
        "maintenance.auto=false",
    ]
    depth = [] if given.get("fetch-depth") == 0 else ["--depth=1"]
    everything = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]

    def git(*words):
        subprocess.run(["git", *words], cwd=work, check=True, capture_output=True)

    git("init", "-q", "-b", "nothing")
    git("remote", "add", "origin", f"{hub.url}/{hub.name}.git")
    if SHA.fullmatch(ref):
        git(
            *access,
            "fetch",
            "-q",
            *(depth or ["--tags"]),
            "origin",
            *(everything if not depth else []),
            ref,
        )
        git("checkout", "-q", "--detach", ref)
    else:
        full = ref if ref.startswith("refs/") else f"refs/heads/{ref}"
        git(*access, "fetch", "-q", *depth, "origin", full, *(everything if not depth else []))
        name = full.split("/", 2)[2]
        words = ["-B", name] if full.startswith("refs/heads/") else ["--detach"]
        git("checkout", "-q", *words, "FETCH_HEAD")
    return True, {}


def _nothing(job, given):
    return True, {}


def _restore_cache(job, given):
    prefixes = [given["key"], *given.get("restore-keys", "").split()]
    caches = job.runner.caches
    found = next((k for p in prefixes for k in reversed(caches) if k.startswith(p)), "")
    if found:
        shutil.copytree(caches[found], given["path"], dirs_exist_ok=True)
    return True, {"cache-hit": str(found == given["key"]).lower(), "cache-matched-key": found}


def _save_cache(job, given):
    if given["key"] not in job.runner.caches:
        kept = job.runner.place / "caches" / str(next(job.runner.numbers))
        shutil.copytree(given["path"], kept)
        job.runner.caches[given["key"]] = kept
    return True, {}


def _upload(job, given):
    source = job.workspace / given["path"]
    assert given["retention-days"]
    hidden = given.get("include-hidden-files") is True
    files = [path for path in source.rglob("*") if path.is_file()] if source.is_dir() else []
    if not hidden:
        files = [
            p for p in files if not any(s.startswith(".") for s in p.relative_to(source).parts)
        ]
    if not files:
        assert given["if-no-files-found"] == "error"
        job.found.log += f"no files found at {source}\n"
        return False, {}
    kept = job.runner.place / "artifacts" / f"{job.flow.github['run_id']}-{given['name']}"
    shutil.rmtree(kept, ignore_errors=True)
    for path in files:
        target = kept / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())  # not its mode: an artifact keeps none
    job.flow.artifacts[given["name"]] = kept
    return True, {}


def _download(job, given):
    kept = job.flow.artifacts.get(given["name"])
    if kept is None:
        job.found.log += f"no artifact {given['name']}\n"
        return False, {}
    shutil.copytree(kept, job.workspace / given["path"], dirs_exist_ok=True)
    return True, {}


def _publish(job, given):
    """A recorder that asks for what the index asks for."""
    assert job.rights.get("id-token") == "write"
    assert job.job["environment"] == "pypi-publishing"
    assert "workflow_call" not in job.flow.document[True]
    assert not (job.workspace / ".git").exists(), "the repository lies beside the identity token"
    assert given["attestations"] is True
    assert not {"password", "skip-existing"} & given.keys()
    if job.runner.index_is_down:
        return False, {}
    folder = job.workspace / given["packages-dir"]
    job.runner.published.append({path.name: path.read_bytes() for path in sorted(folder.iterdir())})
    return True, {}


_ACTIONS = {
    "actions/checkout": _checkout,
    "actions/setup-python": _nothing,
    "actions/cache/restore": _restore_cache,
    "actions/cache/save": _save_cache,
    "actions/upload-artifact": _upload,
    "actions/download-artifact": _download,
    "pypa/gh-action-pypi-publish": _publish,
}
