"""Setting a project up: what it is, and the texts of the files that it needs. Text in, text out."""
