"""The files of a repository that secstatus reads and keeps."""
