"""What people take out of the published files: tables as files, and the answer to "why"."""
