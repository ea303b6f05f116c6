"""Remediation plans: `remediation-plans.yml` read, and stubs added to it."""
