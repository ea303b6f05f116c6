"""What is known: findings, their severity, the findings document and people's plans."""
