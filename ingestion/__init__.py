"""Landing: a source's rows, unchanged, into ``raw_<source>.<entity>``. Never imports Dagster."""
