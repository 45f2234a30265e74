"""The command line, ``leadhouse``."""
