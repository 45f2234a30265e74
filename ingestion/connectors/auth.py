"""The ways in which requests are signed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadhouse.files import make_durable, move_durably

if TYPE_CHECKING:
    from ingestion.connectors.client import Client
    from ingestion.connectors.vendor import Account, Record


class Header:
    """A token in a header, as it is."""

    def __init__(self, name: str, value: str) -> None:
        self._name, self._value = name, value

    def sign(self, request: Record) -> None:
        """Add the header."""
        request["headers"][self._name] = self._value

    def renew(self) -> bool:
        """It cannot be renewed."""
        return False


def bearer(account: Account, secrets: Mapping[str, str], client: Client, kept: Path) -> Header:
    """The secret ``token`` as most vendors take it."""
    return Header("Authorization", f"Bearer {secrets['token']}")


class _Unsigned:
    """Whoever asks is answered."""

    def sign(self, request: Record) -> None:
        """Nothing is added."""

    def renew(self) -> bool:
        """There is nothing to renew."""
        return False


def unsigned(account: Account, secrets: Mapping[str, str], client: Client, kept: Path) -> _Unsigned:
    """For what is public."""
    return _Unsigned()


class Parameter(Header):
    """A token in the address, where the vendor takes it nowhere else."""

    def sign(self, request: Record) -> None:
        """Add the parameter."""
        request["params"][self._name] = self._value


class OAuth:
    """An access token that a refresh token renews.

    Where the vendor's refresh token is good for one use, the next one is on the disk before the new
    access token is used: a process that is killed in between has lost neither.
    """

    def __init__(
        self,
        client: Client,
        kept: Path,
        refresh_token: str,
        exchange: Callable[[Client, str], Mapping[str, Any]],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._client = client
        self._kept = kept
        self._exchange = exchange
        self._headers = dict(headers or {})
        self._tokens = self._read(refresh_token)

    def sign(self, request: Record) -> None:
        """Add the access token, the first time got by the refresh token."""
        if "access_token" not in self._tokens:
            self.renew()
        bearer = f"Bearer {self._tokens['access_token']}"
        request["headers"] |= {"Authorization": bearer, **self._headers}

    def renew(self) -> bool:
        """Change the refresh token for new ones."""
        given = self._exchange(self._client, self._tokens["refresh_token"])
        refresh = str(given.get("refresh_token") or self._tokens["refresh_token"])
        self._tokens |= {"access_token": str(given["access_token"]), "refresh_token": refresh}
        self._keep()
        for name in ("access_token", "refresh_token"):
            self._client.keep_secret(self._tokens[name])
        return True

    def _read(self, refresh_token: str) -> dict[str, str]:
        """The kept tokens, unless the environment has another first one than they began with."""
        if self._kept.exists():
            kept: dict[str, str] = json.loads(self._kept.read_text(encoding="utf-8"))
            if kept.get("began_with") == _digest(refresh_token):
                for name in ("access_token", "refresh_token"):
                    self._client.keep_secret(kept[name])
                return kept
        return {"refresh_token": refresh_token, "began_with": _digest(refresh_token)}

    def _keep(self) -> None:
        self._kept.parent.mkdir(parents=True, exist_ok=True)
        draft = self._kept.with_name(f".{self._kept.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(self._tokens, file)
        make_durable(draft)
        move_durably(draft, self._kept)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
