"""Bytes of a delivered text file: its lines and encoding, and its UTF-8 copy.

One streaming pass counts what the database's reader must later account for.
"""

from __future__ import annotations

import codecs
import logging
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from leadhouse.errors import RefusedFile

log = logging.getLogger(__name__)

_CHUNK = 4 << 20
_SAMPLE = 1 << 20
_GZIP_FREE = 64 << 20
_GZIP_RATIO = 200
_GZIP_LIMIT = 64 << 30
_LEAST_ODD = 3
_ODD_SHARE = 0.2
_WORD = re.compile(r"[^\s,;|\"'()<>/.:!?]+")
_ACCENTED = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
_CYRILLIC = "\u0400-\u04ff"
_SIGNS = "\u0080-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7"
_LETTER = f"[a-zA-Z{_ACCENTED}{_CYRILLIC}]"
_SMALL = "[a-z\u00df-\u00ff\u0430-\u045f]"
_CAPITAL = "[\u00c0-\u00de\u0141\u0143\u015a\u0178\u0179\u017b\u0400-\u042f\u0490]"
_ODD_WORD = re.compile(
    f"[a-zA-Z{_ACCENTED}][{_CYRILLIC}]|[{_CYRILLIC}][a-zA-Z{_ACCENTED}]|"
    f"{_LETTER}[{_SIGNS}]{_LETTER}|[\u00a4\u00a6\u00a9\u00ac-\u00ae]{_LETTER}|"
    f"{_SMALL}{_CAPITAL}|[{_ACCENTED}]{{5}}"
)
_DETECTED = ("cp1251", "cp1250", "cp1252")
"""Encodings that are told apart without being named; cp1252 is latin-1 as Windows writes it."""

# Places where readers disagree about a quote: blanks between it and a delimiter or a line's edge.
_LOOSE_QUOTE = re.compile(rb'(?:^|[,;\t|\n])[ ]+"|"[ ]+(?:[,;\t|\r\n]|$)')


@dataclass
class TextFile:
    """A delivered text file as UTF-8, and what the pass over its bytes counted.

    ``lines`` are physical lines without blank ones at the end; ``loose_quotes`` says that a quote
    stands where readers of CSV disagree about it.
    """

    path: Path
    lines: int = 0
    quotes: int = 0
    loose_quotes: bool = False
    size: int = 0


@dataclass
class _Counter:
    lines: int = 0
    quotes: int = 0
    loose: bool = False
    size: int = 0
    returns: int = 0
    tail: bytes = b""
    decoder: codecs.IncrementalDecoder | None = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")()
    )

    def feed(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self.lines += chunk.count(b"\n")
        self.returns += chunk.count(b"\r") if self.lines == 0 else 0
        quotes = chunk.count(b'"')
        if quotes and not self.loose:
            self.loose = _LOOSE_QUOTE.search(self.tail[-256:] + chunk) is not None
        self.quotes += quotes
        self.tail = (self.tail + chunk)[-4096:]
        if self.decoder is not None:
            try:
                self.decoder.decode(chunk)
            except UnicodeDecodeError:
                self.decoder = None

    @property
    def is_utf8(self) -> bool:
        if self.decoder is None:
            return False
        try:
            self.decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return True

    def physical_lines(self) -> int:
        """Lines without blank ones at the end of the file."""
        ends = re.search(rb"[\r\n]*\Z", self.tail)
        trailing = ends.group().count(b"\n") if ends else 0
        return self.lines - trailing + (1 if self.size > (len(ends.group()) if ends else 0) else 0)


def read_text_file(
    path: Path, shown_as: str, compressed: bool, encoding: str | None, scratch: Path
) -> TextFile:
    """Count, check and, where needed, decompress and transcode a text file into ``scratch``.

    ``encoding`` is the declared one or ``None`` (UTF-8, else detected with a warning). Raises
    :class:`RefusedFile`.
    """
    plain = scratch / "plain"
    counter = _Counter()
    head = b""
    with path.open("rb") as source:
        chunks = _chunks(source)
        if compressed:
            with plain.open("wb") as out:
                for chunk in _decompressed(chunks, shown_as):
                    out.write(chunk)
                    counter.feed(chunk)
                    head = head or chunk[:4]
            current = plain
        else:
            for chunk in chunks:
                counter.feed(chunk)
                head = head or chunk[:4]
            current = path
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    if encoding is None or codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii"):
        if not counter.is_utf8:
            if encoding is not None:
                raise RefusedFile(
                    f"{shown_as} is declared as {encoding} but is not valid {encoding}. Name its "
                    "real encoding in _encoding.csv of the drop folder (columns file, encoding)."
                )
            encoding = _detected(current, shown_as)
        else:
            encoding = None
    if encoding is not None:
        transcoded = scratch / "utf8"
        counter = _transcode(current, transcoded, encoding, shown_as)
        current = transcoded
    if counter.lines == 0 and counter.returns:
        unix = scratch / "lf"
        counter = _Counter()
        with current.open("rb") as source, unix.open("wb") as out:
            for chunk in _chunks(source):
                converted = chunk.replace(b"\r", b"\n")
                counter.feed(converted)
                out.write(converted)
        current = unix
    return TextFile(
        path=current,
        lines=counter.physical_lines(),
        quotes=counter.quotes,
        loose_quotes=counter.loose,
        size=counter.size,
    )


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk


def _decompressed(chunks: Iterator[bytes], shown_as: str) -> Iterator[bytes]:
    """The content of a gzip file (of one or several members), never more than the caps allow."""
    broken = RefusedFile(
        f"{shown_as} is not a complete gzip file (it is cut off or damaged). Deliver it again."
    )
    read = written = 0
    member = zlib.decompressobj(wbits=31)
    for chunk in chunks:
        read += len(chunk)
        data = chunk
        while data:
            if member.eof:
                data = data.lstrip(b"\0")
                if not data:
                    break
                member = zlib.decompressobj(wbits=31)
            try:
                plain = member.decompress(data, _CHUNK)
            except zlib.error:
                raise broken from None
            data = member.unused_data if member.eof else member.unconsumed_tail
            written += len(plain)
            if written > _GZIP_LIMIT or (written > _GZIP_FREE and written > _GZIP_RATIO * read):
                raise RefusedFile(
                    f"{shown_as} expands to more than {_GZIP_RATIO} times its size and was not "
                    "unpacked further. If it is genuine, deliver it uncompressed or in parts."
                )
            if plain:
                yield plain
    if not member.eof:
        raise broken


def _transcode(source: Path, target: Path, encoding: str, shown_as: str) -> _Counter:
    counter = _Counter()
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    try:
        with source.open("rb") as file, target.open("wb") as out:
            while True:
                chunk = file.read(_CHUNK)
                converted = decoder.decode(chunk, final=not chunk).encode("utf-8")
                counter.feed(converted)
                out.write(converted)
                done += len(chunk)
                if not chunk:
                    return counter
    except UnicodeError:
        raise RefusedFile(
            f"{shown_as} is not valid {encoding} (near byte {done}). Name its real encoding in "
            "_encoding.csv of the drop folder (columns file, encoding)."
        ) from None


def _detected(path: Path, shown_as: str) -> str:
    """The encoding that fits; candidates that differ in this file are refused, never guessed."""
    sample = bytearray()
    with path.open("rb") as file:
        for line in file:
            # Pure ASCII lines say nothing about the encoding.
            if not line.isascii():
                sample += line
            if len(sample) > _SAMPLE:
                break
    first, wrong, right = _lines_of_both(path)
    if right and right >= wrong:
        raise RefusedFile(
            f"{shown_as}, line {first} is not UTF-8, unlike {right:,} other lines. Correct it "
            "there, or export the file again in one encoding."
        )
    texts: dict[str, str] = {}
    for encoding in _DETECTED:
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_plausible(text):
            texts[encoding] = text
    if len(set(texts.values())) == 1:
        found = next(iter(texts))
        log.warning(
            "%s is not UTF-8 and its encoding is not declared: read as %s. Declare it in "
            "_encoding.csv of the drop folder to be sure.",
            shown_as,
            found,
        )
        return found
    told = f"could be {' or '.join(texts)}, which differ in this file"
    raise RefusedFile(
        f"{shown_as} is not UTF-8 and "
        f"{told if texts else 'its encoding cannot be told'}. Save it as UTF-8, or name its "
        "encoding (cp1251, cp1250, latin-1, utf-16) in _encoding.csv of the drop folder (columns "
        "file, encoding)."
    )


def _lines_of_both(path: Path) -> tuple[int, int, int]:
    """The first line that is not UTF-8, how many are not, and how many show that they are."""
    first = wrong = right = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                first = first or number
                wrong += 1
            else:
                right += not line.isascii()
    return first, wrong, right


def _is_plausible(text: str) -> bool:
    """Whether a text reads like one: few of its words have what no language has.

    Those are Latin and Cyrillic letters in one word, a capital behind a small letter, a sign among
    letters, and long words of accented letters alone. Some odd words prove nothing.
    """
    if "\0" in text:
        return False
    words = {word for word in _WORD.findall(text) if not word.isascii()}
    odd = sum(_ODD_WORD.search(word) is not None for word in words)
    return odd < _LEAST_ODD or odd <= _ODD_SHARE * len(words)
