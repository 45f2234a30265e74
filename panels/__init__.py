"""The panels: a web application over the published file, for people who look rather than query."""
