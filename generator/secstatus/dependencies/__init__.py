"""What the project's own files say of its dependencies: declared, locked, and for what."""

from secstatus.dependencies.reading import FILES, ProjectDependencies, list_files, read_dependencies

__all__ = ["FILES", "ProjectDependencies", "list_files", "read_dependencies"]
