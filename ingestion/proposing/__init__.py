"""Proposing a mapping file for an export: ``leadhouse mapping FILE``.

``looking.py`` reads a sample and says what its columns hold, ``ready.py`` finds the vendor whose
export it is; else ``matching.py`` compares its names with words.yml, which has what other systems
call the columns of the landing contract, and ``writing.py`` makes the mapping of that.
"""
