"""Whether a run would publish again what is published: same deliveries, settings, clocks, code.

The run that published a build notes what it was made of, beside the day's other state in the home
folder. Only a build that is still current and untouched counts, so that whatever else was done in
between (a rollback, a run of Dagster's, a file that changed) leads to a full run.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable

from leadhouse.code_version import code_version
from leadhouse.kept_builds import current_build
from leadhouse.paths import MAIN_FILE, PII_FILE
from leadhouse.settings import AROUND_THE_DATA, SECRETS, Settings


def note_published(settings: Settings, loads: Iterable[str]) -> None:
    """Note what the build that was just published is made of: ``loads`` names each current load.

    Call it under the writer's lock that the build was made under.
    """
    settings.published_state_file.write_text(_state(settings, loads))


def unchanged_build(settings: Settings, loads: Iterable[str]) -> str | None:
    """The id of the published build when a run would only make it again, else ``None``.

    ``loads`` names each current load; the caller has found nothing that waits to be landed.
    """
    noted = settings.published_state_file
    try:
        same = noted.read_text() == _state(settings, loads)
    except FileNotFoundError:
        return None
    return current_build(settings) if same else None


def _state(settings: Settings, loads: Iterable[str]) -> str:
    """What was published, and a digest of what it was made of.

    The key of the hashes is in the digest, as the key of it.
    """
    said = settings.model_dump(mode="json", exclude=AROUND_THE_DATA | SECRETS)
    made_of = json.dumps([code_version(), said, sorted(loads)])
    key = settings.pii_key.get_secret_value().encode()
    stats = [(settings.published_dir / name).stat() for name in (MAIN_FILE, PII_FILE)]
    return json.dumps(
        {
            "build": current_build(settings),
            "files": [(stat.st_size, stat.st_mtime_ns, stat.st_ino) for stat in stats],
            "made_of": hmac.new(key, made_of.encode(), hashlib.sha256).hexdigest(),
        }
    )
