"""The name of every file and folder that Leadhouse keeps."""

from __future__ import annotations

from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent
MAIN_FILE = "leadhouse.duckdb"
"""A build's tables without personal data."""
PII_FILE = "leadhouse_pii.duckdb"
"""A build's tables with personal data."""
RELATIONS_FILE = "relations.json"
"""What a build's tables hold and how they join, for BI tools and assistants."""
PII_KEY = "pii_key"


class HomeFolder:
    """What lies where below ``LEADHOUSE_HOME`` (``home``)."""

    home: Path

    @property
    def warehouse_file(self) -> Path:
        """The build file: raw, staging and intermediate. Nobody but a run opens it."""
        return self.home / "warehouse.duckdb"

    @property
    def landing_dir(self) -> Path:
        """Immutable Parquet of every load, ``<source>/<entity>/delivery_date=YYYY-MM-DD/``."""
        return self.home / "landing"

    @property
    def extracts_dir(self) -> Path:
        """What connectors pulled: manifests, parts of unfinished pulls, tokens that change."""
        return self.home / "extracts"

    @property
    def candidate_dir(self) -> Path:
        """Where the build under way writes the files that are audited and then published."""
        return self.home / "candidate"

    @property
    def waiting_candidate_dir(self) -> Path:
        """Where `leadhouse doctor` keeps a candidate while it builds the seeds in its place."""
        return self.home / "candidate.waiting"

    @property
    def published_dir(self) -> Path:
        """The published files (symlinks into the current build) and, beside them, the builds."""
        return self.home / "published"

    @property
    def builds_dir(self) -> Path:
        """One folder for each published build that is kept."""
        return self.published_dir / "builds"

    @property
    def current_link(self) -> Path:
        """The symlink to the build that readers get."""
        return self.builds_dir / "current"

    @property
    def what_if_dir(self) -> Path:
        """One folder for each what-if, named after its file."""
        return self.home / "what-if"

    @property
    def manifest_dir(self) -> Path:
        """The dbt manifest from which Dagster is built."""
        return self.home / "target"

    @property
    def scratch_dir(self) -> Path:
        """Transcoded and half-read files; emptied whenever landing opens the warehouse."""
        return self.home / "tmp"

    @property
    def spill_dir(self) -> Path:
        """Where DuckDB puts what does not fit into memory."""
        return self.scratch_dir / "spill"

    @property
    def spark_dir(self) -> Path:
        """The load log as Parquet, which Spark reads beside the landing zone."""
        return self.home / "spark"

    @property
    def dagster_dir(self) -> Path:
        """Dagster's own state (``DAGSTER_HOME``)."""
        return self.home / "dagster"

    @property
    def logs_dir(self) -> Path:
        """One log for each command."""
        return self.home / "logs"

    @property
    def pii_key_file(self) -> Path:
        """The generated key of the hashes of personal data, readable by its owner only."""
        return self.home / PII_KEY

    @property
    def drop_state_file(self) -> Path:
        """The state of the drop folder that was published last, for the sensor."""
        return self.home / "drop.state"

    @property
    def published_state_file(self) -> Path:
        """What the current build was made of, noted by the run that published it."""
        return self.home / "published.state"

    @property
    def last_runs_file(self) -> Path:
        """How the last runs of the command line ended."""
        return self.home / "last_runs.json"

    @property
    def alerts_file(self) -> Path:
        """What was told in alerts, so that nobody is told twice."""
        return self.home / "alerts.json"

    @property
    def alerts_lock(self) -> Path:
        """Held while an alert is sent."""
        return self.home / "alerts.lock"

    @property
    def run_lock(self) -> Path:
        """Held by whoever writes, from the start of a run to its end."""
        return self.home / "run.lock"

    @property
    def build_lock(self) -> Path:
        """Held by every dbt process that builds."""
        return self.home / "build.lock"

    @property
    def parse_lock(self) -> Path:
        """Held while the manifest is written."""
        return self.manifest_dir / "parse.lock"

    def artifacts_dir(self, purpose: str) -> Path:
        """Where the dbt of one purpose (build, doctor, docs) leaves its artifacts.

        They are kept between runs, so that dbt parses only what changed.
        """
        return self.manifest_dir / purpose
