"""Live, public, provable security status for Python packages."""

__version__ = "0.1.0"
