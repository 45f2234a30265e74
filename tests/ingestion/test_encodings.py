"""Text that is not UTF-8: declared, detected with a warning, or refused. Never guessed silently."""

from __future__ import annotations

import logging

import pytest

from leadhouse.errors import LandingError

HEADER = "contact_id;created_at;company;city\n"
CYRILLIC = HEADER + "1;2024-01-01;Ромашка и партнёры;Екатеринбург\n2;2024-01-01;Север;Тверь\n"
FRENCH = HEADER + "1;2024-01-01;Société Générale Électrique;Orléans\n2;2024-01-01;Noël;Nîmes\n"


def test_a_declared_encoding_is_used(company, caplog):
    company.deliver("contacts-ru.csv", CYRILLIC.encode("cp1251"))
    company.deliver("contacts-fr.csv", FRENCH.encode("latin-1"))
    (company.drop / "_encoding.csv").write_text(
        "File,Encoding\n2024-03-01/contacts-ru*,cp1251\ncontacts-fr.csv,latin-1\n"
    )
    with caplog.at_level(logging.WARNING):
        company.land()
    assert [row[0] for row in company.rows("contacts", "company")] == [
        *("Société Générale Électrique", "Noël", "Ромашка и партнёры", "Север")
    ]
    assert caplog.records == []


def test_cyrillic_is_detected_with_a_warning(company, caplog):
    company.deliver("contacts.csv", CYRILLIC.encode("cp1251"))
    with caplog.at_level(logging.WARNING):
        company.land()
    assert company.rows("contacts", "company, city, _row_number")[0] == (
        *("Ромашка и партнёры", "Екатеринбург", 2),
    )
    assert [record.getMessage() for record in caplog.records] == [
        "2024-03-01/contacts.csv is not UTF-8 and its encoding is not declared: read as cp1251. "
        "Declare it in _encoding.csv of the drop folder to be sure."
    ]


POLISH = HEADER + "1;2024-01-01;Spółka Wrocławska;Białystok\n2;2024-01-01;Łódź i Żółwin;Głogów\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (POLISH, "cp1250"),
        (CYRILLIC, "cp1251"),
        (FRENCH, "latin-1"),
        (
            HEADER + "1;2024-01-01;Müller und Söhne, Straße;Köln\n2;2024-01-01;Bäcker;Düren\n",
            "cp1252",
        ),
    ],
)
def test_an_encoding_without_a_rival_is_detected(company, text, encoding):
    company.deliver("contacts.csv", text.encode(encoding))
    company.deliver("contacts-utf8.csv", text.encode())
    assert [result.status for result in company.land()] == ["loaded"] * 2
    read = company.query(
        "select _row_number, company, city from raw.contacts group by all having count(*) = 2"
    )
    assert len(read) == 2


@pytest.mark.parametrize(
    ("text", "encoding", "candidates"),
    [
        ("1;2024-01-01;Gdańsk;Częstochowa\n", "cp1250", "cp1251 or cp1250 or cp1252"),
        ("1;2024-01-01;à la crème;Besançon\n" * 2, "cp1252", "cp1251 or cp1250 or cp1252"),
        (
            "1;2024-01-01;mère, père;frère\n2;2024-01-01;très, après, près;siècle\n",
            "cp1252",
            "cp1250 or cp1252",
        ),
    ],
)
def test_encodings_that_differ_in_the_file_are_refused_with_their_names(
    company, text, encoding, candidates
):
    company.deliver("contacts.csv", (HEADER + text).encode(encoding))
    assert company.only().error == (
        f"2024-03-01/contacts.csv is not UTF-8 and could be {candidates}, which differ in this "
        "file. Save it as UTF-8, or name its encoding (cp1251, cp1250, latin-1, utf-16) in "
        "_encoding.csv of the drop folder (columns file, encoding)."
    )


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04\x00\x81\xff\xfe", CYRILLIC.encode("cp866"), CYRILLIC.encode("koi8-r")]
)
def test_an_encoding_that_is_none_of_these_is_never_read_in_part(company, content):
    company.deliver("contacts.csv", content)
    assert company.only().status == "refused"


def test_a_wrong_declaration_is_refused(company):
    company.deliver("contacts.csv", CYRILLIC.encode("cp1251"))
    (company.drop / "_encoding.csv").write_text("file,encoding\ncontacts.csv,utf-8\n")
    assert company.only().error.startswith(
        "2024-03-01/contacts.csv is declared as utf-8 but is not valid utf-8."
    )
    (company.drop / "_encoding.csv").write_text("file,encoding\ncontacts.csv,utf-16-le\n")
    assert company.only().status == "refused"
    (company.drop / "_encoding.csv").write_text("file,encoding\ncontacts.csv,cp1251\n")
    assert company.only().status == "loaded"


def test_utf16_with_its_mark_is_read(company):
    company.deliver("contacts.csv", CYRILLIC.encode("utf-16"))
    assert company.only().rows_loaded == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name,code\n", "must be a CSV with the columns file and encoding; it has: name, code."),
        ("", "must be a CSV with the columns file and encoding; it has: nothing."),
        ("file,encoding\na.csv,klingon\n", "line 2: 'klingon' for file 'a.csv' cannot be used."),
        ("file,encoding\n,utf-8\n", "line 2: 'utf-8' for file '' cannot be used."),
    ],
)
def test_a_malformed_declaration_stops_landing(company, content, said):
    (company.drop / "_encoding.csv").write_text(content)
    with pytest.raises(LandingError) as caught:
        company.land()
    assert said in str(caught.value)
    assert str(company.drop / "_encoding.csv") in str(caught.value)


def test_the_line_that_is_not_like_the_others_is_named(company):
    """It is never read in the encoding of that line, which would garble all the others."""
    rows = "".join(f"{number},Łódź\n" for number in range(20))
    mixed = f"user_id,name\n{rows}".encode() + "x,Иван\n".encode("cp1251")
    company.deliver("users.csv", mixed)
    assert "users.csv, line 22 is not UTF-8, unlike 20 other lines." in company.only().error
