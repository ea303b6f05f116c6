"""The same in SARIF: of tools that have a format of their own, and of one that nobody lists."""

from tests.second_day.seen import SCORES

SECRET = "ag7Kq0ZtVx93LmPw5Rb2"
GITLEAKS_RULE = "generic-api-key"
SEMGREP_RULE = "python.lang.security.audit.subprocess-shell-true"
_LINT_RULES = {"critical": "LL011", "high": "LL012", "medium": "LL013", "low": "LL014"}
_SEVERITY_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}


def sarif(seen, tool, results, *, rules=(), artifacts=None, success=True, **more):
    """A file with one run; `success` None: without invocations."""
    run = {
        "tool": {"driver": {"name": tool, "version": seen.tool, "rules": list(rules)}},
        "results": results,
        **more,
    }
    if success is not None:
        run["invocations"] = [{"executionSuccessful": success, "endTimeUtc": seen.stamp}]
    if artifacts is not None:
        run["artifacts"] = [
            {"location": {"uri": seen.uri(path)}, "roles": ["analysisTarget"]} for path in artifacts
        ]
    if seen.root:
        run["originalUriBaseIds"] = {"SRCROOT": {"uri": f"file://{seen.root}"}}
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return {"$schema": schema, "version": "2.1.0", "runs": [run]}


def _place(seen, flaw, code):
    region = {"startLine": flaw.line, "endLine": flaw.line, "snippet": {"text": code}}
    return [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": seen.uri(flaw.path)},
                "region": region,
            }
        }
    ]


def bandit_sarif(seen, success=True):
    from tests.second_day.code_reports import bandit_metrics

    results = [
        {
            "ruleId": each.rule,
            "ruleIndex": 0,
            "level": _SEVERITY_LEVELS[each.severity],
            "message": {"text": "subprocess call with shell=True identified, security issue."},
            "properties": {"issue_confidence": "HIGH", "issue_severity": each.severity.upper()},
            "locations": _place(seen, each, f"    {each.code}\n"),
        }
        for each in seen.flaws
    ]
    rules = [
        {"id": each, "name": "subprocess_popen_with_shell_equals_true"}
        for each in sorted({flaw.rule for flaw in seen.flaws})
    ]
    metrics = {"metrics": bandit_metrics(seen)}
    return sarif(seen, "Bandit", results, rules=rules, success=success, properties=metrics)


def failed_bandit_sarif(seen):
    return bandit_sarif(seen, success=False)


def semgrep_sarif(seen):
    results = [
        {
            "ruleId": SEMGREP_RULE,
            "message": {"text": "The shell gets a value that users provide."},
            "fingerprints": {"matchBasedId/v1": "requires login"},
            "locations": _place(seen, each, f"    {each.code}"),
        }
        for each in seen.flaws
    ]
    level = {"defaultConfiguration": {"level": "error"}}
    rules = [{"id": SEMGREP_RULE, **level}] if results else []
    return sarif(seen, "Semgrep OSS", results, rules=rules)


def gitleaks_sarif(seen):
    results = [
        {
            "ruleId": GITLEAKS_RULE,
            "message": {"text": f"{GITLEAKS_RULE} has detected secret for file {each.path}."},
            "partialFingerprints": {"commitSha": "", "email": "", "author": "", "date": ""},
            "locations": _place(seen, each, SECRET),
        }
        for each in seen.flaws
    ]
    rules = [{"id": GITLEAKS_RULE, "shortDescription": {"text": "Found a generic API key."}}]
    return sarif(seen, "gitleaks", results, rules=rules, success=None)


def lint(seen, *, ran=True, listed=True, success=True):
    """A tool that no list knows; `ran`: with invocations, `listed`: with artifacts."""
    results = [
        {
            "ruleId": _LINT_RULES[each.severity],
            "message": {"text": "The shell gets a value that users provide."},
            "locations": _place(seen, each, each.code),
        }
        for each in seen.flaws
    ]
    rules = [
        {"id": _LINT_RULES[word], "properties": {"security-severity": SCORES[word]}}
        for word in sorted({each.severity for each in seen.flaws})
    ]
    files = seen.files if listed else None
    success = success if ran else None
    return sarif(seen, "LanternLint", results, rules=rules, artifacts=files, success=success)


def lint_that_ran(seen):
    return lint(seen, listed=False)


def lint_with_artifacts(seen):
    return lint(seen, ran=False)


def bare_lint(seen):
    return lint(seen, ran=False, listed=False)


def failed_lint(seen):
    return lint(seen, success=False)


def lint_without_results(seen):
    """`results: null`: no scan took place."""
    document = bare_lint(seen)
    document["runs"][0]["results"] = None
    return document


def uv_sarif(seen):
    return sarif(seen, "uv", [_uv_result(each) for each in seen.advisories])


def _uv_result(advisory):
    named = f"{advisory.package}@{advisory.version}"
    package = {"fullyQualifiedName": named, "kind": "package", "name": advisory.package}
    place = {"physicalLocation": {"artifactLocation": {"uri": "uv.lock"}}}
    text = f"{advisory.package} {advisory.version} is vulnerable to {advisory.ids[0]}"
    return {
        "ruleId": advisory.ids[0],
        "kind": "fail",
        "level": "error",
        "message": {"text": text},
        "locations": [{"logicalLocations": [package], **place}],
        "properties": {
            "uv/id": advisory.ids[0],
            "uv/aliases": list(advisory.ids[1:]),
            "uv/package": advisory.package,
            "uv/version": advisory.version,
            "uv/fixVersions": [advisory.fixed],
        },
    }


def trivy_sarif(seen):
    def message(each):
        return (
            f"Package: {each.package}\nInstalled Version: {each.version}\n"
            f"Vulnerability {each.cve}\nSeverity: {each.severity.upper()}\n"
            f"Fixed Version: {each.fixed}\nLink: [{each.cve}](https://avd.aquasec.com/nvd/)"
        )

    return _package_sarif(seen, "Trivy", message, lambda each: each.cve)


def grype_sarif(seen):
    def message(each):
        found = f"A {each.severity} vulnerability in python package: {each.package}"
        return f"{found}, version {each.version} was found at: /requirements.txt"

    def name(each):
        return f"{each.ghsa}-{each.package}"

    return _package_sarif(seen, "grype", message, name, _grype_help)


def _grype_help(each):
    return (
        f"Vulnerability {each.ghsa}\nSeverity: {each.severity}\nPackage: {each.package}\n"
        f"Version: {each.version}\nFix Version: {each.fixed}\nType: python\nLink: {each.ghsa}"
    )


def osv_sarif(seen):
    def message(each):
        others = f" (also known as {', '.join(each.ids[1:])})"
        return f"Package '{each.package}@{each.version}' is vulnerable to '{each.ids[0]}'{others}."

    return _package_sarif(seen, "osv-scanner", message, lambda each: each.ids[0])


def _package_sarif(seen, tool, message, name, help_of=None):
    results = [
        {
            "ruleId": name(each),
            "level": "error",
            "message": {"text": message(each)},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": seen.manifest}}}],
        }
        for each in seen.advisories
    ]
    rules = [
        {
            "id": name(each),
            "shortDescription": {"text": each.summary},
            "help": {"text": help_of(each) if help_of else each.summary},
            "properties": {
                "security-severity": SCORES[each.severity],
                "purls": [f"pkg:pypi/{each.package}@{each.version}"],
            },
        }
        for each in seen.advisories
    ]
    return sarif(seen, tool, results, rules=rules, success=None)
