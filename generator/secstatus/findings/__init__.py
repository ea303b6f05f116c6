"""Findings: their severity, the ledger, the findings document and the remediation plans."""
