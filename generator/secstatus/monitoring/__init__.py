"""Monitoring: probes of the published site, the journal of what happened, and the alerts."""
