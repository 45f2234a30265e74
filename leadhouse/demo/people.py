"""First names, last names, cities and domains that the demo company samples from.

Each name stands with its spelling in ASCII, which e-mail addresses are made of.
"""

from __future__ import annotations

Name = tuple[str, str]

FIRST_NAMES: dict[str, dict[str, tuple[Name, ...]]] = {
    "pl": {
        "female": (
            ("Anna", "anna"),
            ("Katarzyna", "katarzyna"),
            ("Małgorzata", "malgorzata"),
            ("Agnieszka", "agnieszka"),
            ("Barbara", "barbara"),
            ("Ewa", "ewa"),
            ("Joanna", "joanna"),
            ("Zofia", "zofia"),
            ("Łucja", "lucja"),
            ("Wiktoria", "wiktoria"),
            ("Żaneta", "zaneta"),
            ("Magdalena", "magdalena"),
        ),
        "male": (
            ("Piotr", "piotr"),
            ("Krzysztof", "krzysztof"),
            ("Andrzej", "andrzej"),
            ("Tomasz", "tomasz"),
            ("Paweł", "pawel"),
            ("Michał", "michal"),
            ("Jakub", "jakub"),
            ("Łukasz", "lukasz"),
            ("Marcin", "marcin"),
            ("Grzegorz", "grzegorz"),
            ("Stanisław", "stanislaw"),
            ("Wojciech", "wojciech"),
        ),
    },
    "uk": {
        "female": (
            ("Олена", "olena"),
            ("Наталія", "nataliia"),
            ("Оксана", "oksana"),
            ("Ірина", "iryna"),
            ("Тетяна", "tetiana"),
            ("Юлія", "yuliia"),
            ("Марія", "mariia"),
            ("Світлана", "svitlana"),
        ),
        "male": (
            ("Олександр", "oleksandr"),
            ("Андрій", "andrii"),
            ("Сергій", "serhii"),
            ("Дмитро", "dmytro"),
            ("Микола", "mykola"),
            ("Володимир", "volodymyr"),
            ("Тарас", "taras"),
            ("Богдан", "bohdan"),
        ),
    },
    "en": {
        "female": (
            ("Emma", "emma"),
            ("Olivia", "olivia"),
            ("Charlotte", "charlotte"),
            ("Grace", "grace"),
            ("Hannah", "hannah"),
            ("Lucy", "lucy"),
            ("Siobhán", "siobhan"),
            ("Zoë", "zoe"),
        ),
        "male": (
            ("James", "james"),
            ("Oliver", "oliver"),
            ("William", "william"),
            ("Henry", "henry"),
            ("Jack", "jack"),
            ("Thomas", "thomas"),
            ("Seán", "sean"),
            ("George", "george"),
        ),
    },
}

LAST_NAMES: dict[str, dict[str, tuple[Name, ...]]] = {
    "pl": {
        "female": (
            ("Nowak", "nowak"),
            ("Kowalska", "kowalska"),
            ("Wiśniewska", "wisniewska"),
            ("Wójcik", "wojcik"),
            ("Kamińska", "kaminska"),
            ("Lewandowska", "lewandowska"),
            ("Zielińska", "zielinska"),
            ("Szymańska", "szymanska"),
            ("Woźniak", "wozniak"),
            ("Dąbrowska", "dabrowska"),
            ("Kozłowska", "kozlowska"),
            ("Jankowska", "jankowska"),
        ),
        "male": (
            ("Nowak", "nowak"),
            ("Kowalski", "kowalski"),
            ("Wiśniewski", "wisniewski"),
            ("Wójcik", "wojcik"),
            ("Kamiński", "kaminski"),
            ("Lewandowski", "lewandowski"),
            ("Zieliński", "zielinski"),
            ("Szymański", "szymanski"),
            ("Woźniak", "wozniak"),
            ("Dąbrowski", "dabrowski"),
            ("Kozłowski", "kozlowski"),
            ("Jankowski", "jankowski"),
        ),
    },
    "uk": {
        "female": (
            ("Шевченко", "shevchenko"),
            ("Коваленко", "kovalenko"),
            ("Бондаренко", "bondarenko"),
            ("Ткаченко", "tkachenko"),
            ("Кравченко", "kravchenko"),
            ("Мельник", "melnyk"),
            ("Поліщук", "polishchuk"),
            ("Савченко", "savchenko"),
        ),
        "male": (
            ("Шевченко", "shevchenko"),
            ("Коваленко", "kovalenko"),
            ("Бондаренко", "bondarenko"),
            ("Ткаченко", "tkachenko"),
            ("Кравченко", "kravchenko"),
            ("Мельник", "melnyk"),
            ("Поліщук", "polishchuk"),
            ("Савченко", "savchenko"),
        ),
    },
    "en": {
        "female": (
            ("Smith", "smith"),
            ("Jones", "jones"),
            ("Taylor", "taylor"),
            ("Brown", "brown"),
            ("O'Brien", "obrien"),
            ("Walsh", "walsh"),
            ("Clarke", "clarke"),
            ("Wright-Hall", "wrighthall"),
        ),
        "male": (
            ("Smith", "smith"),
            ("Jones", "jones"),
            ("Taylor", "taylor"),
            ("Brown", "brown"),
            ("O'Brien", "obrien"),
            ("Walsh", "walsh"),
            ("Clarke", "clarke"),
            ("Wright-Hall", "wrighthall"),
        ),
    },
}

CITIES: dict[str, tuple[tuple[str, str], ...]] = {
    "pl": (
        ("Warszawa", "mazowieckie"),
        ("Kraków", "małopolskie"),
        ("Wrocław", "dolnośląskie"),
        ("Poznań", "wielkopolskie"),
        ("Gdańsk", "pomorskie"),
        ("Łódź", "łódzkie"),
        ("Katowice", "śląskie"),
        ("Lublin", "lubelskie"),
    ),
    "uk": (
        ("Київ", "Київ"),
        ("Львів", "Львівська"),
        ("Одеса", "Одеська"),
        ("Дніпро", "Дніпропетровська"),
    ),
    "en": (
        ("London", "Greater London"),
        ("Manchester", "Greater Manchester"),
        ("Dublin", "Leinster"),
        ("Edinburgh", "Scotland"),
    ),
}

DOMAINS: dict[str, tuple[str, ...]] = {
    "pl": ("poczta.example", "firma-pl.example", "biuro.example", "skrzynka.example"),
    "uk": ("poshta.example", "kyiv-office.example", "lviv-it.example"),
    "en": ("mail.example", "northwind.example", "acme-trading.example"),
}

COMPANIES: tuple[str, ...] = (
    "Nowa Stal",
    "Bałtyk Logistics",
    'Hurtownia "Zorza"',
    "Карпати Плюс",
    "Дніпро Агро",
    "Northwind Ltd",
    "Harbour, Hall & Sons",
    "Meble Orzech",
    "Zielona Energia",
    "Tech House",
    "Apteka Centralna",
    "Auto Serwis Wiśnia",
)
