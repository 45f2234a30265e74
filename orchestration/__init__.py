"""Dagster: when and in which order; no business rule and no model name stands here."""
