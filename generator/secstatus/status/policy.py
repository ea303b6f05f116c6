"""The policy of an assessment: whose findings the grade counts, and which scanners must deliver."""

from __future__ import annotations

from dataclasses import dataclass, field

from secstatus.status.grade import GradePolicy

# Words of `Scope`. Its module would cost every start of the program 5 ms, and the configuration is
# read before a build knows whether anything has changed.
GRADE_SCOPES = ("runtime", "extra")


@dataclass(frozen=True, slots=True)
class AssessmentPolicy:
    """The grade's figures, whose findings it counts, and who has to deliver.

    `required_scanners` None: those that the file itself calls required, and at least one that
    looks at dependencies. `optional_scanners` may fail without an effect on the grade.
    `grade_scopes` are the scopes whose vulnerabilities count; findings in code count always.
    """

    grade: GradePolicy = field(default_factory=GradePolicy)
    required_scanners: tuple[str, ...] | None = None
    optional_scanners: tuple[str, ...] = ()
    grade_scopes: tuple[str, ...] = GRADE_SCOPES
