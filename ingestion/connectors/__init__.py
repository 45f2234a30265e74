"""Connectors: what vendors' interfaces give is delivered like any other file.

A connector is an extractor (``vendors/``), which writes the vendor's records into the drop folder,
and a mapping file (``ingestion/mappings/``), which lands them. ``vendor.py`` says what an extractor
is, ``client.py`` speaks HTTP for all of them, ``pages.py`` keeps what was pulled so that a killed
pull goes on where it was, ``comparing.py`` finds what changed where a vendor keeps no history,
``configuration.py`` reads connectors.toml, ``extract.py`` puts them together.
"""
