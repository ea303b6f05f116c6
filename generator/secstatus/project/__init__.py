"""Loading and saving of the project's files, and its journal."""
