"""The findings in third-party formats, one file a format. Records in, text or bytes out."""
