"""Proposing a mapping file for an export: ``leadhouse mapping FILE``.

``looking.py`` reads a sample and says what its columns hold, ``words.py`` has what other systems
call the columns of the landing contract, ``writing.py`` makes the mapping of that.
"""
