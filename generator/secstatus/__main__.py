"""`python -m secstatus`."""

from secstatus.cli import entry

entry()
