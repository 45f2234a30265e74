"""The vendors, one module each; ``VENDORS`` is the list of them."""

from __future__ import annotations

from ingestion.connectors.vendor import Vendor
from ingestion.connectors.vendors import (
    amocrm,
    bitrix24,
    callrail,
    calltouch,
    ecb,
    google_ads,
    hubspot,
    meta_ads,
    salesmanago,
    yandex_direct,
    zadarma,
)

VENDORS: dict[str, Vendor] = {
    vendor.name: vendor
    for vendor in (
        *(amocrm.VENDOR, hubspot.VENDOR, bitrix24.VENDOR, calltouch.VENDOR, callrail.VENDOR),
        *(zadarma.VENDOR, google_ads.VENDOR, meta_ads.VENDOR, yandex_direct.VENDOR),
        *(salesmanago.VENDOR, ecb.VENDOR),
    )
}
"""Every vendor by its name, which connectors.toml and the names of its files have."""
