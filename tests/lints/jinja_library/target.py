"""dbt's ``target`` for sqlfluff's Jinja."""

name = "duckdb"
type = "duckdb"
schema = "main"
