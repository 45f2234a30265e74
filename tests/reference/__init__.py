"""The rules of lead routing and deals in plain Python, and random companies to try them on."""
