"""The dialects, one module a vendor: its data as tables, its pages, its refusals.

``company(number)`` gives a dialect with so many records of each kind; ``page`` caps its pages.
"""
