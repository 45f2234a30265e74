"""The benchmark: the product against a hand-written floor over the same files."""
