"""A believable company, written into a drop folder."""
