"""Connectors, against a server on the loopback that speaks as each vendor does."""
