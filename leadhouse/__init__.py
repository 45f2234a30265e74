"""Leadhouse: settings, the database, builds, publishing, exports and the command line."""
