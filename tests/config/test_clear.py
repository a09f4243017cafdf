"""What is said in clear to another machine is warned of, and nothing else is."""

from __future__ import annotations

import pytest

from bridge.config.clear import in_clear
from bridge.config.findings import dotted
from tests.config.conftest import GOOD_PBX, Read

FAR_PBX = GOOD_PBX + "    host: 10.0.0.5\n"
MAIL = "{kind: email, server: %s, tls: %s, sender: a@b.ru, to: [c@d.ru]}"
HOOK = "{kind: webhook, url: '%s', secrets: [aa10b2c3d4e5]}"


def channels(*channels: str) -> str:
    return GOOD_PBX + f"alerts: {{channels: [{', '.join(channels)}]}}\n"


def destination(crm: str) -> str:
    return GOOD_PBX + f"destinations: [{{crm: {crm}}}]\n"


def redis(settings: str) -> str:
    return GOOD_PBX + f"cache: {{redis: {{{settings}}}}}\n"


CLEAR = {
    "AMI to another machine": (FAR_PBX, ["pbx[0].tls"]),
    "AMI to a name": (GOOD_PBX + "    host: pbx.example\n", ["pbx[0].tls"]),
    "AMI over TLS": (FAR_PBX + "    tls: true\n", []),
    "AMI on this machine": (GOOD_PBX + "    host: localhost\n", []),
    "AMI on this machine over IPv6": (GOOD_PBX + "    host: ::1\n", []),
    "the page for everybody": (GOOD_PBX + "web: {host: 0.0.0.0}\n", ["web.host", "web.host"]),
    "the page with a token": (
        GOOD_PBX + "web: {host: '::', token: f1d2e3c4b5a69788}\n",
        ["web.host"],
    ),
    "the page on loopback": (GOOD_PBX + "web: {host: 127.0.0.2}\n", []),
    "links by http": (GOOD_PBX + "web: {public_url: 'http://a.example'}\n", ["web.public_url"]),
    "FastAGI for another machine": (GOOD_PBX + "agi: {host: 10.0.0.6}\n", ["agi.host"]),
    "FastAGI on loopback": (GOOD_PBX + "agi: {}\n", []),
    "mail in clear": (channels(MAIL % ("mail.example", "none")), ["alerts.channels[0].tls"]),
    "mail to this machine": (channels(MAIL % ("localhost", "none")), []),
    "mail by TLS": (channels(MAIL % ("mail.example", "starttls")), []),
    "an alert by http": (channels(HOOK % "http://a.example/x"), ["alerts.channels[0].url"]),
    "an alert by https": (channels(HOOK % "https://a.example/x"), []),
    "a webhook by http": (
        destination("{kind: webhook, url: 'http://a.example/{{ record.call_id }}'}"),
        ["destinations[0].crm.url"],
    ),
    "a webhook on this machine": (destination("{kind: webhook, url: 'http://127.0.0.1:8/'}"), []),
    "a portal whose secret is its address": (
        destination("{kind: bitrix24, webhook: 'http://a.example/rest/1/abcdef/'}"),
        ["destinations[0].crm.webhook"],
    ),
    "Redis elsewhere": (redis("addresses: ['10.0.0.7:6379']"), ["cache.redis.tls"]),
    "Redis elsewhere over TLS": (redis("addresses: ['10.0.0.7:6379'], tls: true"), []),
    "Redis here": (redis("addresses: ['[::1]:6379']"), []),
    "PostgreSQL elsewhere": (
        GOOD_PBX + "store: {url: 'postgresql://u:p4f1c@db.example/b'}\n",
        ["store.url"],
    ),
    "PostgreSQL elsewhere over TLS": (
        GOOD_PBX + "store: {url: 'postgresql://u:p4f1c@db.example/b?ssl=verify-full'}\n",
        [],
    ),
    "a database that scripts ask": (
        GOOD_PBX + "scripts: {databases: {erp: 'postgresql://u:p4f1c@db.example/b'}}\n",
        ["scripts.databases.erp"],
    ),
    "recordings by http": (
        GOOD_PBX + "    recordings: {source: {kind: http, url: 'http://pbx.example/monitor'}}\n",
        ["pbx[0].recordings.source.url"],
    ),
}


@pytest.mark.proves("S0-44")
@pytest.mark.parametrize(("text", "keys"), CLEAR.values(), ids=CLEAR.keys())
def test_what_is_said_in_clear(text: str, keys: list[str], read: Read) -> None:
    assert [dotted(path) for path, _, _ in in_clear(read(text))] == keys
