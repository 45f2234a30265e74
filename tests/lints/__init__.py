"""Lints of the project's own rules (CONTRIBUTING.md): ``python -m tests.lints`` runs them all."""
