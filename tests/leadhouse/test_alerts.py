"""Alerts reach a real mail server, a real web server and a real command, once each."""

import base64
import json
import shutil
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
from datetime import UTC, date, datetime
from email import message_from_string
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from homes import leadhouse

from leadhouse import alerts
from leadhouse.errors import LeadhouseError, SettingsError
from leadhouse.settings import load_settings

SECRET = "correct horse"


class Mailbox(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs to log in and hand over a letter."""

    def handle(self):
        if self.server.tls_from_the_start:
            self.secure()
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "EHLO":
                offer = "250-STARTTLS\r\n" if self.server.tls and not self.is_secured() else ""
                self.say(f"250-here\r\n{offer}250 AUTH PLAIN")
            elif verb == "STARTTLS":
                self.say("220 go on")
                self.secure()
            elif verb == "AUTH":
                self.server.logins.append(base64.b64decode(line.split()[2]).split(b"\0")[1:])
                self.say("235 welcome")
            elif verb == "DATA":
                self.say("354 go on")
                letter = []
                while (text := self.rfile.readline().decode()) != ".\r\n":
                    letter.append(text)
                self.server.letters.append(message_from_string("".join(letter)))
                self.server.secured.append(self.is_secured())
                self.say("250 kept")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def secure(self):
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.setup()

    def is_secured(self):
        return isinstance(self.request, ssl.SSLSocket)

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


class Hook(BaseHTTPRequestHandler):
    """A chat service."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((self.path, json.loads(body)))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_):
        """Nothing to the terminal."""


@pytest.fixture
def mail():
    with socketserver.ThreadingTCPServer(("", 0), Mailbox) as server:
        server.letters, server.logins, server.secured = [], [], []
        server.tls, server.tls_from_the_start = None, False
        server.handle_error = lambda *_: None  # a client that hangs up is no news
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def certificate(tmp_path, mail):
    """The file that vouches for the mail server at localhost."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl that could make a certificate")
    file, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-days", "1"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", file),
        ],
        capture_output=True,
        check=True,
    )
    mail.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    mail.tls.load_cert_chain(file, key)
    return file


@pytest.fixture
def chat():
    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        server.posts, server.answer = [], 200
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def notes(tmp_path):
    """A command that writes down what it is told."""
    program, kept = tmp_path / "note it.py", tmp_path / "notes"
    program.write_text(
        "import os, sys, pathlib\n"
        f"with pathlib.Path({str(kept)!r}).open('a') as notes:\n"
        "    notes.write(os.environ['LEADHOUSE_ALERT_KIND'] + ': ' + sys.stdin.read() + '~')\n"
    )

    class Notes:
        command = f"{sys.executable} '{program}'"

        def read(self):
            return kept.read_text().split("~")[:-1] if kept.exists() else []

    return Notes()


def home(tmp_path, **more):
    base = {"LEADHOUSE_HOME": str(tmp_path / "home"), "LEADHOUSE_DROP": str(tmp_path / "drop")}
    return load_settings(base | {f"LEADHOUSE_{name.upper()}": text for name, text in more.items()})


def test_a_failure_is_told_by_every_way_and_its_end_once(tmp_path, mail, chat, notes):
    settings = home(
        tmp_path,
        alert_command=notes.command,
        alert_email="first@example.org, second@example.org",
        smtp_server=f"localhost:{mail.server_address[1]}",
        smtp_user="house",
        smtp_password=SECRET,
        alert_webhook=f"http://127.0.0.1:{chat.server_address[1]}/hook",
    )
    alerts.tell_success(settings)
    for _ in range(2):
        with pytest.raises(LeadhouseError), alerts.watched(settings):
            raise LeadhouseError("deals.csv has no column deal_id.")
    for _ in range(2):
        with alerts.watched(settings):
            pass
    assert [note.split(":")[0] for note in notes.read()] == ["failure", "failure", "recovery"]
    assert "deals.csv has no column deal_id." in notes.read()[0]
    assert [letter["To"] for letter in mail.letters] == [
        "first@example.org, second@example.org"
    ] * 3
    assert "the run failed" in mail.letters[0]["Subject"]
    assert "runs work again" in mail.letters[2]["Subject"]
    assert "A run succeeded and its build is published." in mail.letters[2].get_payload()
    assert "Runs had failed since 20" in mail.letters[2].get_payload()
    assert mail.logins[0] == [b"house", SECRET.encode()]
    assert [(path, post["kind"]) for path, post in chat.posts] == [
        ("/hook", "failure"),
        ("/hook", "failure"),
        ("/hook", "recovery"),
    ]
    assert "deals.csv has no column deal_id." in chat.posts[0][1]["text"]
    assert SECRET not in (settings.home / "alerts.json").read_text()
    assert SECRET not in settings.in_words() + str(settings.as_environment()) + repr(settings)
    assert "/hook" not in settings.in_words() + str(settings.as_environment()) + repr(settings)


def test_what_nobody_foresaw_leaves_without_its_words(tmp_path, notes):
    settings = home(tmp_path, alert_command=notes.command)
    with pytest.raises(ValueError, match="secret person"), alerts.watched(settings):
        raise ValueError("secret person")
    [note] = notes.read()
    assert "unexpected failure" in note and "secret person" not in note
    with pytest.raises(KeyboardInterrupt), alerts.watched(settings):
        raise KeyboardInterrupt
    assert len(notes.read()) == 1


def test_a_late_delivery_is_told_once_and_so_is_its_coming(tmp_path, notes):
    settings = home(tmp_path, alert_command=notes.command, late_after_hours="32")
    today = datetime.now(UTC).date()
    long_ago = {date(2024, 3, 1), date(2024, 3, 4)}
    alerts.tell_lateness(settings, set())
    alerts.tell_lateness(settings, {today})
    assert notes.read() == []
    for _ in range(3):
        alerts.tell_lateness(settings, long_ago)
    [late] = notes.read()
    assert late.startswith("late: ")
    assert "is of 2024-03-04" in late and "due by 2024-03-05 08:00 UTC" in late
    for _ in range(2):
        alerts.tell_lateness(settings, long_ago | {today})
    assert [note.split(":")[0] for note in notes.read()] == ["late", "recovery"]
    arrived = f"The delivery of {today} has arrived; the one before it was 2024-03-04."
    assert arrived in notes.read()[1]
    alerts.tell_lateness(home(tmp_path, alert_command=notes.command), long_ago)
    assert len(notes.read()) == 2, "without the setting nothing is late"


def test_an_alert_that_cannot_be_sent_is_a_warning_and_told_again(tmp_path, chat, caplog):
    address = f"http://127.0.0.1:{chat.server_address[1]}/hook"
    settings = home(tmp_path, alert_webhook=address, alert_command="no-such-program")
    chat.answer = 500
    with pytest.raises(LeadhouseError), alerts.watched(settings):
        raise LeadhouseError("a reason")
    assert "could not be sent by command: no such file or directory: no-such-program" in caplog.text
    assert "could not be sent by webhook: HTTP Error 500" in caplog.text
    with alerts.watched(settings):
        pass
    chat.answer = 200
    with alerts.watched(settings):
        pass
    assert [post["kind"] for _, post in chat.posts] == ["failure", "recovery", "recovery"]
    (settings.home / "alerts.json").write_text("damaged")
    with alerts.watched(settings):
        pass


def test_who_refuses_a_connection_is_said_in_words(tmp_path):
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unheard.getsockname()[1]}"
        settings = home(
            tmp_path,
            alert_webhook=f"http://{address}/hook",
            alert_email="someone@example.org",
            smtp_server=address,
        )
        with pytest.raises(LeadhouseError) as caught:
            alerts.send_trial(settings)
    assert str(caught.value).splitlines() == [
        f"The alert could not be sent by {way}: connection refused" for way in ("e-mail", "webhook")
    ]


def test_a_password_goes_to_no_server_in_the_clear(tmp_path, mail):
    settings = home(
        tmp_path,
        alert_email="someone@example.org",
        smtp_server=f"127.0.0.2:{mail.server_address[1]}",
        smtp_user="house",
        smtp_password=SECRET,
    )
    with pytest.raises(LeadhouseError, match=r"127\.0\.0\.2 offers no encryption"):
        alerts.send_trial(settings)
    assert mail.logins == [] and mail.letters == []


@pytest.mark.slow
def test_somebody_tries_the_ways_from_the_command_line(settings, chat, notes):
    nothing = leadhouse(settings, "alert")
    assert nothing.returncode == 1
    assert "LEADHOUSE_ALERT_EMAIL" in nothing.stderr
    address = f"http://127.0.0.1:{chat.server_address[1]}/hook"
    done = leadhouse(settings, "alert", LEADHOUSE_ALERT_WEBHOOK=address)
    assert done.returncode == 0, done.stderr
    assert "webhook" in done.stdout
    assert [post["kind"] for _, post in chat.posts] == ["trial"]

    failed = leadhouse(settings, "run", LEADHOUSE_ALERT_COMMAND=notes.command)
    assert failed.returncode == 1
    [note] = notes.read()
    assert note.startswith("failure: ") and failed.stderr.strip() in note


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SMTP_SERVER", "mail.example.org"),
        ("LATE_AFTER_HOURS", "soon"),
        ("ALERT_WEBHOOK", "ftp://example.org/key"),
        ("PORT", "web"),
    ],
)
def test_a_setting_that_cannot_be_used_is_said_so(tmp_path, name, text):
    with pytest.raises(SettingsError, match=f"LEADHOUSE_{name} is") as caught:
        home(tmp_path, **{name.lower(): text})
    assert "key" not in str(caught.value)


@pytest.mark.parametrize("from_the_start", [False, True])
def test_a_letter_goes_through_tls(tmp_path, mail, certificate, monkeypatch, from_the_start):
    """STARTTLS, and TLS from the first byte as on port 465."""
    port = mail.server_address[1]
    if from_the_start:
        monkeypatch.setattr(alerts, "_TLS_PORT", port)
    mail.tls_from_the_start = from_the_start
    settings = home(
        tmp_path,
        alert_email="ops@example.org",
        smtp_server=f"localhost:{port}",
        smtp_user="house",
        smtp_password=SECRET,
    )
    with pytest.raises(LeadhouseError, match="certificate verify failed"):
        alerts.send_trial(settings)
    assert (mail.letters, mail.logins) == ([], []), "a server that nobody vouches for gets nothing"

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert alerts.send_trial(settings) == ["e-mail"]
    assert mail.secured == [True]
    assert mail.logins == [[b"house", SECRET.encode()]]
    assert "this is a trial" in mail.letters[0]["Subject"]
