"""The one report of a text or of a format's reader; only SARIF has several in a file."""

from secstatus.scanners import read_reports


def read_report(text, path, scanner=None):
    (report,) = read_reports(text, path, scanner)
    return report


def reader_of(module):
    """The format's `read`, for data that gives one report."""

    def read(data):
        (report,) = module.read(data)
        return report

    return read
