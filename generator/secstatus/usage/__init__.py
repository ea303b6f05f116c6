"""Usage of a site: requests counted from access logs, without personal data."""
