"""The vendors, one module each; ``VENDORS`` is the list of them."""

from __future__ import annotations

from ingestion.connectors.vendor import Vendor
from ingestion.connectors.vendors import amocrm, calltouch, google_ads, hubspot

VENDORS: dict[str, Vendor] = {
    vendor.name: vendor
    for vendor in (amocrm.VENDOR, hubspot.VENDOR, google_ads.VENDOR, calltouch.VENDOR)
}
"""Every vendor by its name, which connectors.toml and the names of its files have."""
