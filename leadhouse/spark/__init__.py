"""Apache Spark as the engine of a build: a cluster for one machine, sessions, landing, the copy."""
