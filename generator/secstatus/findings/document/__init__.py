"""The findings document, `SECURITY_FINDINGS.md`: reader and writer."""
