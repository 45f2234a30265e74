"""Mapping files: how a foreign export becomes an entity, without code (ingestion/mappings).

``model.py`` says what may stand in a mapping, with ``rule.py`` (a column), ``condition.py`` (which
rows) and ``texts.py`` (what a key may hold); ``reading.py`` reads the files and says what is wrong
with them, ``sql.py`` turns a mapping's rules into SQL over a file's columns, ``schema.py`` tells
editors what may be written.
"""
