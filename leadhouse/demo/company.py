"""What is the same in the demo company at every scale: people, pipelines, sources and dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

FIRST_DAY = date(2025, 11, 1)
"""The first day that anything happens."""

LAST_DAY = date(2026, 10, 31)
"""The last day that anything happens."""

DELIVERY_DAYS: tuple[date, ...] = (
    date(2026, 9, 30),
    date(2026, 10, 7),
    date(2026, 10, 14),
    date(2026, 10, 21),
    date(2026, 10, 28),
    date(2026, 10, 31),
    date(2026, 11, 2),
)
"""Eleven months of history, then one delivery a week, the month's end, and what came late."""

RESTATED_DAY = date(2026, 10, 20)
"""The day of ad spend (of one account) that the last delivery states anew."""


@dataclass(frozen=True)
class Seller:
    """A salesperson. ``quality`` scales how many contacts go on, ``haste`` the time they wait."""

    user_id: str
    quality: float
    haste: float


MAIN_ACCOUNT = "administracja@xyz.com"
"""The main account of the worked example (LR-9)."""

INBOUND_ACCOUNT = "leads@xyz.com"
"""The main account of the second panel."""

USERS: tuple[tuple[str, str, str, str, str, str], ...] = (
    (MAIN_ACCOUNT, "Administracja", "administracja@xyz.com", "main account", "", "true"),
    (INBOUND_ACCOUNT, "Leads inbox", "leads@xyz.com", "main account", "", "true"),
    ("u03", "Automatyzacja", "automat@xyz.com", "automation", "", "1"),
    ("u04", "Halina Zawada", "halina.zawada@xyz.com", "manager", "Polska", "true"),
    ("u05", "Victor Palmer", "victor.palmer@xyz.com", "manager", "International", "true"),
    ("u06", "Irena Lis", "irena.lis@xyz.com", "marketing", "", "true"),
    ("u11", "Adam Sikora", "adam.sikora@xyz.com", "seller", "Polska", "true"),
    ("u12", "Beata Górska", "beata.gorska@xyz.com", "seller", "Polska", "true"),
    ("u13", "Cezary Wrona", "cezary.wrona@xyz.com", "seller", "Polska", "true"),
    ("u14", "Dorota Maj", "dorota.maj@xyz.com", "seller", "Polska", "true"),
    ("u15", "Emil Czech", "emil.czech@xyz.com", "seller", "Polska", "false"),
    ("u16", "Felicja Król", "felicja.krol@xyz.com", "seller", "Polska", "true"),
    ("u17", "Гліб Мороз", "hlib.moroz@xyz.com", "seller", "International", "true"),
    ("u18", "Ганна Литвин", "hanna.lytvyn@xyz.com", "seller", "International", "true"),
    ("u19", "Ian Frost", "ian.frost@xyz.com", "seller", "International", "true"),
    ("u20", "Julia Marsh", "julia.marsh@xyz.com", "seller", "International", "yes"),
    ("u21", "Kevin Doyle", "kevin.doyle@xyz.com", "seller", "International", "no"),
)
"""user_id, name, email, role, team, is_active."""

SELLERS: dict[str, tuple[Seller, ...]] = {
    "A": (
        Seller("u11", 1.00, 1.0),
        Seller("u12", 1.45, 0.6),
        Seller("u13", 0.70, 1.9),
        Seller("u14", 1.05, 0.9),
        Seller("u15", 0.55, 2.4),
        Seller("u16", 0.95, 1.1),
        Seller("u17", 1.10, 1.0),
    ),
    "B": (
        Seller("u17", 1.10, 1.0),
        Seller("u18", 1.30, 0.7),
        Seller("u19", 0.80, 1.4),
        Seller("u20", 1.00, 1.0),
        Seller("u21", 0.60, 2.0),
    ),
}
"""The sellers of the two active panels; u17 sells in both."""

OUTSIDE_SELLER = "u05"
"""A manager in no panel, who takes a few contacts over all the same."""

SALES = "Sprzedaż"
INBOUND = "Inbound"
RENEWAL = "Odnowienia"

PIPELINE_STAGES: dict[str, tuple[tuple[str, str, str], ...]] = {
    SALES: (
        ("nowy kontakt", "open", "0.05"),
        ("spotkanie u klienta", "open", "0.25"),
        ("przygotowanie umowy", "open", "0.40"),
        ("przedstawiona umowa", "open", "0.60"),
        ("umowa podpisana", "won", "1"),
        ("utracony", "lost", "0"),
    ),
    INBOUND: (
        ("new lead", "open", "0.05"),
        ("demo booked", "open", "0.20"),
        ("needs analysis", "open", "0.35"),
        ("proposal sent", "open", "0.55"),
        ("contract signed", "won", "1"),
        ("lost", "lost", "0"),
    ),
    RENEWAL: (
        ("do odnowienia", "open", "0.50"),
        ("rozmowa", "open", "0.60"),
        ("oferta", "open", "0.70"),
        ("uzgodnienia", "open", "0.80"),
        ("odnowione", "won", "1"),
        ("rezygnacja", "lost", "0"),
    ),
}
"""stage, kind, probability, in the order of the pipeline: new, first, between, second, end."""


@dataclass(frozen=True)
class SourceTag:
    """A tag put on a contact when it is acquired; ``quality`` scales how many of them buy."""

    tag: str
    share: float
    quality: float
    source: str
    medium: str
    campaign: str


SOURCE_TAGS: dict[str, tuple[SourceTag, ...]] = {
    "A": (
        SourceTag("e_book_polska", 0.50, 0.85, "google", "cpc", "ebook_pl"),
        SourceTag("e_book_cennik", 0.18, 1.10, "facebook", "paid_social", "cennik_pl"),
        SourceTag("webinar_sprzedażowy", 0.22, 1.25, "newsletter", "email", "webinar"),
        SourceTag("polecenie_klienta", 0.10, 1.60, "recommendation", "referral", ""),
    ),
    "B": (
        SourceTag("demo_request", 0.45, 1.20, "google", "organic", ""),
        SourceTag("google_lead_form", 0.30, 0.70, "google", "cpc", "brand_en"),
        SourceTag("marketplace_lead", 0.25, 0.95, "marketplace", "listing", ""),
    ),
    "N": (SourceTag("targi_poznań", 1.00, 1.00, "trade_fair", "offline", "targi_poznan"),),
}
"""By segment: A is the e-book panel, B the inbound panel, N the switched-off trade-fair panel."""

FIRST_CONTACT_TAG: dict[str, str] = {"A": "wstępna_rozmowa", "B": "first_call", "N": "first_call"}

CAMPAIGNS: tuple[tuple[str, str, str, str], ...] = (
    ("google_ads", "google", "cpc", "ebook_pl"),
    ("google_ads", "google", "cpc", "brand_en"),
    ("meta_ads", "facebook", "paid_social", "cennik_pl"),
    ("meta_ads", "instagram", "paid_social", "stories_pl"),
    ("yandex_direct", "yandex", "cpc", "kontekst_ua"),
    ("linkedin_ads", "linkedin", "cpc", "decision_makers"),
    ("google_ads", "google", "cpc", "crm_generic"),
    ("google_ads", "google", "display", "banner_remarketing"),
    ("meta_ads", "facebook", "paid_social", "webinar_leads"),
    ("blog_network", "branzowy-blog", "banner", "blog_banners"),
    ("ratings", "crm-rating", "listing", "rating_top10"),
    ("google_ads", "google", "cpc", "competitors"),
)
"""platform, source, medium, campaign: the paid ones of the shipped channels (EE-21)."""

KEYWORDS = (
    "crm dla firm",
    "program crm",
    "analityka sprzedaży",
    "crm cena",
    "call tracking",
    "crm для бізнесу",
    "sales analytics",
    "best crm 2026",
    "lejek sprzedaży",
    "lead routing",
    "crm demo",
    "crm online",
)
"""Search terms that are bought and typed."""

STATIC_NUMBERS: tuple[tuple[str, str, str, str, str], ...] = (
    ("+48 22 555 10 01", "static_offline", "leaflet", "offline", "ulotki"),
    ("+48 22 555 10 02", "static_offline", "radio", "offline", "radio_wiosna"),
    ("+48 22 555 10 03", "static_offline", "billboard", "offline", "billboard_a2"),
    ("+48 22 555 10 04", "static_online", "google", "organic", ""),
    ("+48 22 555 10 05", "static_online", "marketplace", "listing", ""),
    ("0048 22 555 10 06", "static_online", "forum", "referral", "forum_posts"),
    ("22 555 10 07", "static_online", "crm-rating", "listing", "rating_top10"),
)
"""phone as written in the export, kind, source, medium, campaign."""

OWN_NUMBER = "+48 22 555 20 00"

PANELS: tuple[tuple[str, str, str, str, str, str, str, str, str], ...] = (
    (
        "ebook_polska",
        "Pobrania e-booków (Polska)",
        MAIN_ACCOUNT,
        FIRST_CONTACT_TAG["A"],
        SALES,
        "spotkanie u klienta",
        "przedstawiona umowa",
        "umowa podpisana",
        "true",
    ),
    (
        "inbound",
        "Inbound requests",
        INBOUND_ACCOUNT,
        FIRST_CONTACT_TAG["B"],
        INBOUND,
        "demo booked",
        "proposal sent",
        "contract signed",
        "true",
    ),
    (
        "targi",
        "Targi Poznań (wyłączony)",
        MAIN_ACCOUNT,
        FIRST_CONTACT_TAG["N"],
        SALES,
        "spotkanie u klienta",
        "przedstawiona umowa",
        "umowa podpisana",
        "false",
    ),
)
"""The rows of the seed lead_routing_panels that fit this company."""
