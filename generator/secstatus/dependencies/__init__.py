"""Dependencies as the project's own files state them: declared, locked, and their scope."""

from secstatus.dependencies.reading import FILES, ProjectDependencies, list_files, read_dependencies

__all__ = ["FILES", "ProjectDependencies", "list_files", "read_dependencies"]
