"""What the project's own files say of its dependencies: declared, locked, and for what."""

from secstatus.dependencies.reading import FILES, list_files, read_dependencies
from secstatus.dependencies.result import ProjectDependencies

__all__ = ["FILES", "ProjectDependencies", "list_files", "read_dependencies"]
