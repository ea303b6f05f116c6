"""The findings in other people's formats, one file a format. Records in, text or bytes out."""
