"""The vendors' pages of docs/connectors.md, from what their modules say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ingestion.connectors.vendor import Stream, Vendor
from ingestion.connectors.vendors import VENDORS


def vendor_pages() -> str:
    """A chapter for each vendor, as Markdown."""
    return "\n".join(map(_page, VENDORS.values()))


def _page(vendor: Vendor) -> str:
    needs = f"The token needs {vendor.rights}." if vendor.rights else "It needs no token."
    keys = [
        *_keys("secrets", vendor.secrets, vendor.optional),
        *_keys("options", vendor.options, vendor.optional),
    ]
    lines = [
        f"### {vendor.title} (`{vendor.name}`)",
        "",
        f"{needs} {vendor.limits}",
        "",
        *(["| key | meaning |", "|---|---|", *keys, ""] if keys else ()),
        "| stream | pulled | shape from | as of | verified_live |",
        "|---|---|---|---|---|",
        *(
            f"| `{stream.name}` | {_pulled(stream)} | {stream.shape} | {vendor.read_on} | no |"
            for stream in vendor.streams
        ),
        "",
    ]
    return "\n".join(lines)


def _keys(kind: str, keys: Mapping[str, str], optional: frozenset[str]) -> Iterable[str]:
    for name, about in keys.items():
        may = " (may be left out)" if name in optional else ""
        yield f"| `{kind}.{name}` | {about}{may} |"


def _pulled(stream: Stream) -> str:
    if stream.lookback_days is None:
        return "whole, delivered when it changed"
    at_once = f", at most {stream.longest_days} days at once" if stream.longest_days else ""
    swept = "; now and then what is gone" if stream.swept else ""
    return f"with {stream.lookback_days} days before the last pull{at_once}{swept}"
