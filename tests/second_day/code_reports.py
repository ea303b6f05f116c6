"""Reports about code, configuration and secrets: one function a format, `Seen` in."""

from tests.second_day.dependency_reports import trivy_document
from tests.second_day.sarif_reports import GITLEAKS_RULE, SECRET, SEMGREP_RULE
from tests.second_day.seen import OLDER

LINES = 40
_LEVELS = ("HIGH", "MEDIUM", "LOW", "UNDEFINED")


def bandit(seen):
    results = [_bandit(seen, each) for each in seen.flaws]
    return {
        "errors": [],
        "generated_at": seen.stamp,
        "metrics": bandit_metrics(seen),
        "results": results,
    }


def bandit_of_nothing(seen):
    """A target that is not there: status 0, an error, no line of code."""
    error = {"filename": "src/latern", "reason": "No such file or directory"}
    metrics = {"_totals": {"loc": 0, "nosec": 0}}
    return {"errors": [error], "generated_at": seen.stamp, "metrics": metrics, "results": []}


def bandit_metrics(seen):
    files = {
        seen.path(path): _metrics([each for each in seen.flaws if each.path == path], 1)
        for path in seen.files
    }
    number = int if seen.tool == OLDER else float  # there are versions of bandit for both
    metrics = {"_totals": _metrics(seen.flaws, len(files)), **files}
    return {
        path: {key: number(value) for key, value in each.items()} for path, each in metrics.items()
    }


def _metrics(flaws, files):
    counts = {
        f"SEVERITY.{level}": sum(each.severity.upper() == level for each in flaws)
        for level in _LEVELS
    }
    sure = {f"CONFIDENCE.{level}": len(flaws) * (level == "HIGH") for level in _LEVELS}
    return {**counts, **sure, "loc": LINES * files, "nosec": 0, "skipped_tests": 0}


def _bandit(seen, flaw):
    before, line, after = flaw.line - 1, flaw.line, flaw.line + 1
    return {
        "code": f"{before} def run(command):\n{line}     {flaw.code}\n{after} \n",
        "filename": seen.path(flaw.path),
        "issue_confidence": "HIGH",
        "issue_cwe": {"id": 78, "link": "https://cwe.mitre.org/data/definitions/78.html"},
        "issue_severity": flaw.severity.upper(),
        "issue_text": "subprocess call with shell=True identified, security issue.",
        "line_number": line,
        "line_range": [line],
        "col_offset": 4,
        "end_col_offset": 40,
        "more_info": "https://bandit.readthedocs.io/en/latest/plugins/b602.html",
        "test_id": flaw.rule,
        "test_name": "subprocess_popen_with_shell_equals_true",
    }


def semgrep(seen):
    scanned = [seen.path(path) for path in seen.files]
    return {
        "version": seen.tool,
        "results": [_semgrep(seen, each) for each in seen.flaws],
        "errors": [],
        "paths": {"scanned": scanned, "skipped": []},
    }


def _semgrep(seen, flaw):
    words = {"critical": "ERROR", "high": "ERROR", "medium": "WARNING", "low": "INFO"}
    return {
        "check_id": SEMGREP_RULE,
        "path": seen.path(flaw.path),
        "start": {"line": flaw.line, "col": 5, "offset": 240},
        "end": {"line": flaw.line, "col": 41, "offset": 276},
        "extra": {
            "severity": words[flaw.severity],
            "message": "The shell gets a value that users provide.",
            "metadata": {"category": "security", "confidence": "HIGH"},
            "lines": f"    {flaw.code}",
            "fingerprint": "requires login",
            "is_ignored": False,
        },
    }


def semgrep_of_nothing(seen):
    error = {"code": 2, "level": "error", "type": "SemgrepError", "message": "Rules cannot be read"}
    return {
        "version": seen.tool,
        "results": [],
        "errors": [error],
        "paths": {"scanned": [], "skipped": []},
    }


def trivy_config(seen):
    """`trivy config`: a target for every file, and what is wrong in it."""
    results = [
        {
            "Target": seen.path(path),
            "Class": "config",
            "Type": "dockerfile",
            "MisconfSummary": {"Successes": 20, "Failures": len(_at(seen, path))},
            **({"Misconfigurations": _misconfigurations(seen, path)} if _at(seen, path) else {}),
        }
        for path in seen.files
    ]
    return trivy_document(seen, results)


def _at(seen, path):
    return [each for each in seen.flaws if each.path == path]


def _misconfigurations(seen, path):
    return [
        {
            "Type": "Dockerfile Security Check",
            "ID": "DS002",
            "AVDID": "AVD-DS-0002",
            "Title": "Image user should not be 'root'",
            "Message": "Last USER command in Dockerfile should not be 'root'",
            "Severity": each.severity.upper(),
            "Status": "FAIL",
            "CauseMetadata": {
                "Provider": "Dockerfile",
                "StartLine": each.line,
                "EndLine": each.line,
                "Code": {"Lines": [{"Number": each.line, "Content": each.code, "IsCause": True}]},
            },
        }
        for each in _at(seen, path)
    ]


def gitleaks(seen):
    return [
        {
            "RuleID": GITLEAKS_RULE,
            "Description": "Found a generic API key.",
            "StartLine": each.line,
            "EndLine": each.line,
            "StartColumn": 9,
            "EndColumn": 40,
            "Match": f'api_key = "{SECRET}"',
            "Secret": SECRET,
            "File": seen.path(each.path),
            "SymlinkFile": "",
            "Commit": "",
            "Entropy": 4.2,
            "Author": "",
            "Email": "",
            "Date": "",
            "Message": "",
            "Tags": [],
            "Fingerprint": f"{each.path}:{GITLEAKS_RULE}:{each.line}",
        }
        for each in seen.flaws
    ]


def detect_secrets(seen):
    results = {}
    for each in seen.flaws:
        found = {
            "type": "Secret Keyword",
            "filename": seen.path(each.path),
            "hashed_secret": "8f14e45fceea167a5a36dedd4bea2543b1ac4e1f",
            "is_verified": False,
            "line_number": each.line,
        }
        results.setdefault(seen.path(each.path), []).append(found)
    return _baseline(seen, [{"name": "KeywordDetector"}], results)


def detect_secrets_without_plugins(seen):
    return _baseline(seen, [], {})


def _baseline(seen, plugins, results):
    filters = [{"path": "detect_secrets.filters.allowlist.is_line_allowlisted"}]
    return {
        "version": seen.tool,
        "plugins_used": plugins,
        "filters_used": filters,
        "results": results,
        "generated_at": seen.stamp,
    }
