"""What is the same in the demo company at every scale: people, pipelines, sources and dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

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
"""The day of ad spend (of one account) that the last delivery restates."""


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
    ("u15", "Emil Czech", "emil.czech@xyz.com", "seller", "Polska", "true"),
    ("u16", "Felicja Król", "felicja.krol@xyz.com", "seller", "Polska", "true"),
    ("u17", "Гліб Мороз", "hlib.moroz@xyz.com", "seller", "International", "true"),
    ("u18", "Ганна Литвин", "hanna.lytvyn@xyz.com", "seller", "International", "true"),
    ("u19", "Ian Frost", "ian.frost@xyz.com", "seller", "International", "true"),
    ("u20", "Julia Marsh", "julia.marsh@xyz.com", "seller", "International", "yes"),
    ("u21", "Kevin Doyle", "kevin.doyle@xyz.com", "seller", "International", "yes"),
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

MOVES: tuple[tuple[int, str, str, str], ...] = (
    (1, "u16", "International", "2026-10-05 08:00:00"),
    (2, "u11", "International", "2026-10-12 08:00:00"),
    (4, "u19", "Polska", "2026-10-26 08:00:00"),
)
"""Who changes teams: the number of the delivery that says so, user_id, new team, moment."""


@dataclass(frozen=True)
class Departure:
    """A salesperson who leaves, at a moment in UTC, and the one who takes over what is theirs.

    ``delivery`` is the number of the delivery that says so.
    """

    user_id: str
    heir: str
    moment: datetime
    delivery: int


DEPARTURE = Departure("u15", "u12", datetime(2026, 10, 23, 14, tzinfo=UTC), 4)

OUTSIDE_SELLER = "u05"
"""A manager in no panel, who takes a few contacts over all the same."""

WORKBOOK: dict[str, str] = {
    "deal_id": "Numer",
    "created_at": "Data",
    "title": "Tytuł",
    "contact_id": "Klient",
    "pipeline": "Proces",
    "stage": "Etap",
    "owner_user_id": "Opiekun",
    "status": "Status",
    "closed_at": "Zamknięta",
    "amount": "Kwota",
    "currency": "Waluta",
    "margin": "Marża",
    "product": "Produkt",
    "competitor": "Konkurent",
    "lost_reason": "Powód",
    "source": "Źródło",
    "medium": "Medium",
    "campaign": "Kampania",
    "tags": "Etykiety",
    "quality": "Jakość",
}
"""The columns of the workbook in which that manager keeps deals, by column of the contract.

The last one is no column of the contract: an attribute.
"""

WORKBOOK_STATUS: dict[str, str] = {
    "open": "otwarta",
    "won": "wygrana",
    "lost": "przegrana",
    "deleted": "usunięta",
}
"""The workbook's words for a deal's status."""

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
class Way:
    """A way to the company. ``quality`` scales how many of those who come by it buy.

    ``contacts`` and ``visits`` are its weights among the people and the visits; a way without
    visits is offline. ``origins`` says how people get in touch. A visit carries the three labels in
    its address, or has the ``referrer`` instead. They are written as people write them: LinkedIn's
    clicks as cpc, which the shipped source rules call paid_social.
    """

    source: str
    medium: str
    campaign: str
    contacts: float
    visits: float
    quality: float
    origins: str = "web"
    referrer: str = ""


WAYS: tuple[Way, ...] = (
    Way("google", "cpc", "ebook_pl", 8, 8, 0.9),
    Way("google", "cpc", "brand_en", 5, 4, 1.2),
    Way("google", "cpc", "crm_generic", 4, 5, 0.7),
    Way("google", "cpc", "competitors", 2, 2, 0.5),
    Way("criteo", "display", "banner_remarketing", 1, 3, 0.6),
    Way("facebook", "paid_social", "cennik_pl", 5, 5, 1.0),
    Way("facebook", "paid_social", "webinar_leads", 2, 2, 0.8),
    Way("instagram", "paid_social", "stories_pl", 6, 4, 0.8),
    Way("yandex", "cpc", "kontekst_ua", 7, 4, 0.8),
    Way("linkedin", "cpc", "decision_makers", 6, 4, 1.4),
    Way("branzowy-blog", "banner", "blog_banners", 1, 1, 0.7),
    Way("crm-rating", "rating", "rating_top10", 4, 2, 1.1),
    Way("newsletter", "email", "webinar", 6, 8, 1.1),
    Way("google", "organic", "", 16, 16, 1.0, referrer="https://www.google.com/"),
    Way("bing", "organic", "", 3, 3, 0.9, referrer="https://www.bing.com/"),
    Way("forum.example", "referral", "", 3, 3, 0.9, referrer="https://forum.example/watek/17"),
    Way("facebook", "social", "", 3, 4, 0.8, referrer="https://m.facebook.com/"),
    Way("chatgpt", "ai_assistant", "", 3, 2, 1.2, referrer="https://chatgpt.com/"),
    Way("telegram", "messenger", "kanal_crm", 2, 2, 0.9),
    Way("direct", "none", "", 2, 22, 1.0),
    Way("leaflet", "offline", "ulotki", 3, 0, 0.8, "print"),
    Way("radio", "offline", "radio_wiosna", 3, 0, 0.7, "print"),
    Way("billboard", "offline", "billboard_a2", 2, 0, 0.6, "print"),
    Way("softmarket", "marketplace", "", 4, 0, 0.9, "marketplace"),
    Way("trade_fair", "offline", "targi_poznan", 3, 0, 1.0, "people"),
    Way("recommendation", "referral", "", 4, 0, 1.5, "people"),
    Way("word_of_mouth", "", "", 6, 0, 1.3, "people"),
    Way("manager_own", "", "", 4, 0, 1.2, "people"),
)
"""Ways in the channels of EE-21; elsewhere a way is named by its position here, from 1."""


@dataclass(frozen=True)
class Campaign:
    """What an ad platform bills: a click's price in the account's currency, clicks per view.

    The ad groups of a search campaign have a keyword each.
    """

    platform: str
    click_price: float
    click_rate: float
    ad_groups: tuple[str, ...]

    @property
    def is_search(self) -> bool:
        """Whether it buys search terms."""
        return self.platform in ("google_ads", "yandex_direct")


CAMPAIGNS: dict[str, Campaign] = {
    "ebook_pl": Campaign("google_ads", 2.2, 0.04, ("Polska", "Duże miasta")),
    "brand_en": Campaign("google_ads", 1.4, 0.09, ("Brand", "Brand and city")),
    "crm_generic": Campaign("google_ads", 4.2, 0.03, ("CRM", "Lejek sprzedaży")),
    "competitors": Campaign("google_ads", 4.8, 0.02, ("Other CRM",)),
    "banner_remarketing": Campaign("criteo", 0.7, 0.004, ("Powracający",)),
    "cennik_pl": Campaign("meta_ads", 5.2, 0.012, ("Polska", "Podobni do klientów")),
    "webinar_leads": Campaign("meta_ads", 6.1, 0.010, ("Polska",)),
    "stories_pl": Campaign("meta_ads", 4.3, 0.010, ("Polska",)),
    "kontekst_ua": Campaign("yandex_direct", 1.1, 0.03, ("CRM", "Аналітика")),
    "decision_makers": Campaign("linkedin_ads", 7.5, 0.006, ("Owners",)),
    "blog_banners": Campaign("blog_network", 1.6, 0.005, ("Banner",)),
    "rating_top10": Campaign("ratings", 3.1, 0.05, ("Top 10",)),
}
"""By campaign, as the ways have it: the paid ones that come from ad platforms."""

ORIGINS: dict[str, dict[str, float]] = {
    "web": {"call": 0.38, "form": 0.38, "chat": 0.10, "messenger": 0.07, "email": 0.07},
    "print": {"call": 0.70, "walk_in": 0.30},
    "marketplace": {"marketplace": 0.80, "call": 0.20},
    "people": {"manual": 0.50, "call": 0.30, "walk_in": 0.10, "email": 0.10},
}
"""How people who come by a way get in touch for the first time: a call, or an enquiry's channel."""


@dataclass(frozen=True)
class SourceTag:
    """A tag put on a contact when it is acquired; ``quality`` scales how many of them buy.

    ``own`` is the share of its contacts who came by the way that the tag stands for.
    """

    tag: str
    share: float
    quality: float
    own: float
    source: str
    medium: str
    campaign: str


SOURCE_TAGS: dict[str, tuple[SourceTag, ...]] = {
    "A": (
        SourceTag("e_book_polska", 0.50, 0.85, 0.4, "google", "cpc", "ebook_pl"),
        SourceTag("e_book_cennik", 0.18, 1.10, 0.6, "facebook", "paid_social", "cennik_pl"),
        SourceTag("webinar_sprzedażowy", 0.22, 1.25, 0.4, "newsletter", "email", "webinar"),
        SourceTag("polecenie_klienta", 0.10, 1.60, 0.9, "recommendation", "referral", ""),
    ),
    "B": (
        SourceTag("demo_request", 0.45, 1.20, 0.4, "google", "organic", ""),
        SourceTag("google_lead_form", 0.30, 0.70, 0.5, "google", "cpc", "brand_en"),
        SourceTag("marketplace_lead", 0.25, 0.95, 0.9, "softmarket", "marketplace", ""),
    ),
    "N": (SourceTag("targi_poznań", 1.00, 1.00, 0.5, "trade_fair", "offline", "targi_poznan"),),
}
"""By segment: A is the e-book panel, B the inbound panel, N the switched-off trade-fair panel."""

FIRST_CONTACT_TAG: dict[str, str] = {"A": "wstępna_rozmowa", "B": "first_call", "N": "first_call"}

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
    ("+48 22 555 10 05", "static_online", "softmarket", "marketplace", ""),
    ("0048 22 555 10 06", "static_online", "forum.example", "referral", "forum_posts"),
    ("22 555 10 07", "static_online", "crm-rating", "rating", "rating_top10"),
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
