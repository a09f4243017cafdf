"""What is refused: in which line, which key, and what to write instead."""

from __future__ import annotations

import pytest

from tests.config.conftest import GOOD_PBX, Refused

# text, then for each finding: line, key, and a part of what is said
REFUSED: dict[str, tuple[str, list[tuple[int, str, str]]]] = {
    "a key nobody knows": (
        GOOD_PBX + "    hots: pbx\n",
        [(5, "pbx[0].hots", "did you mean `host`?")],
    ),
    "a key nobody knows and nothing resembles": (
        GOOD_PBX + "log:\n  zzz: 1\n",
        [(6, "log.zzz", "known here: format, level, mask_numbers")],
    ),
    "a key written twice": (
        GOOD_PBX + "    port: 5038\n    port: 5039\n",
        [(6, "pbx[0].port", "stands in line 5 already")],
    ),
    "a key that is missing": (
        "pbx:\n  - name: office\n    secret: ${AMI_SECRET}\n",
        [(2, "pbx[0].username", "write for example `username: bridge`")],
    ),
    "ARI that is not configured": (
        "pbx: [{name: office, events: ari}]",
        [(1, "pbx[0].events", "write `ari: {username: bridge")],
    ),
    "an address of ARI that is none": (
        GOOD_PBX + "    ari: {url: pbx, username: bridge, password: '${ARI_PASSWORD}'}\n",
        [(5, "pbx[0].ari.url", "")],
    ),
    "a port of ARI that is none": (
        GOOD_PBX
        + "    ari: {url: 'http://a:99999', username: bridge, password: '${ARI_PASSWORD}'}\n",
        [(5, "pbx[0].ari.url", "")],
    ),
    "a network that is none": (
        GOOD_PBX + "agi: {peers: [10.0.0.5/8]}\n",
        [(5, "agi.peers[0]", "write it as 10.0.0.5/32")],
    ),
    "a rule that decides nothing": (
        GOOD_PBX + "routing:\n  rules:\n  - name: x\n    when: {deal.stage: A}\n    then: {}\n",
        [(9, "routing.rules[0].then", "decides nothing")],
    ),
    "a rule that sends to two": (
        GOOD_PBX + "routing:\n  rules:\n  - name: x\n    when: {deal.stage: A}\n"
        "    then: {extension: 101, group: true}\n",
        [(9, "routing.rules[0].then", "write one of: extension, skill, group")],
    ),
    "a rule for a list of nothing": (
        GOOD_PBX + "routing:\n  rules:\n  - name: x\n    when: {deal.stage: {in: []}}\n"
        "    then: {group: true}\n",
        [(8, "routing.rules[0].when.deal.stage.in", "at least 1 is needed")],
    ),
    "a schedule that is not there": (
        GOOD_PBX + "routing:\n  people:\n    101: {hours: shop}\n",
        [(5, "routing", "people.101.hours: `shop` is not among the schedules (none yet)")],
    ),
    "holidays that end before they begin": (
        GOOD_PBX + "routing:\n  schedules:\n    shop: {holidays: [2027-01-08..2027-01-01]}\n",
        [(7, "routing.schedules.shop.holidays", "write the first day, then the last one")],
    ),
    "who stands in for himself": (
        GOOD_PBX + "routing:\n  people:\n    101: {deputy: 101}\n",
        [(7, "routing.people.101", "his own deputy")],
    ),
    "who is back before he goes": (
        GOOD_PBX
        + "routing:\n  people:\n    101: {absences: [{first: 2026-12-10, last: 2026-12-01}]}\n",
        [(7, "routing.people.101.absences[0].last", "before `first`")],
    ),
    "a number that is none": (
        GOOD_PBX + "    port: many\n",
        [(5, "pbx[0].port", "write digits only")],
    ),
    "a port no network has": (
        GOOD_PBX + "    port: 99999\n",
        [(5, "pbx[0].port", "write 65535 or less")],
    ),
    "a word where yes or no belongs": (
        GOOD_PBX + "    tls: perhaps\n",
        [(5, "pbx[0].tls", "write `true` or `false`")],
    ),
    "a word not known there": (
        GOOD_PBX + "log: {level: loud}\n",
        [(5, "log.level", "'debug', 'info'")],
    ),
    "a right that is none": (
        GOOD_PBX + "web:\n  tokens: {site: {token: 0f6d1c2b3a49588e, rights: [all]}}\n",
        [(6, "web.tokens.site.rights[0]", "'applications', 'dial'")],
    ),
    "a token that can be guessed": (
        GOOD_PBX + "web:\n  tokens: {site: {token: 0f6d1c2b, rights: [dial]}}\n",
        [(6, "web.tokens.site.token", "openssl rand")],
    ),
    "a token for everything that can be guessed": (
        GOOD_PBX + "web: {token: short}\n",
        [(5, "web.token", "write 16 characters or more: `openssl rand -hex 24`")],
    ),
    "a file of two": (
        GOOD_PBX + "folder: /srv\ndestinations:\n  - crm: {kind: builtin, file: /srv/bridge.db}\n",
        [
            (
                7,
                "destinations[0].crm.file",
                "the store's file: write a file of its own, as /srv/crm.db",
            )
        ],
    ),
    "a token of two": (
        GOOD_PBX
        + "web:\n  token: 0f6d1c2b3a49588e\n"
        + "  tokens: {site: {token: 0f6d1c2b3a49588e, rights: [dial]}}\n",
        [(7, "web.tokens.site.token", "the token of web.token")],
    ),
    "quiet hours without an end": (
        GOOD_PBX
        + "alerts:\n  channels:\n  - kind: webhook\n    url: https://a.example/x\n"
        + "    secrets: [aa10b2c3d4e5]\n    quiet: {week: {mon-sun: '00:00-24:00'}}\n",
        [(10, "alerts.channels[0].quiet", "never end")],
    ),
    "a text where a list belongs": (
        GOOD_PBX + "    trunks: PJSIP/x\n",
        [(5, "pbx[0].trunks", "write `[one, two]`")],
    ),
    "a text where several belong in any order": (
        GOOD_PBX + "routing: {people: {'101': {languages: ru}}}\n",
        [(5, "routing.people.101.languages", "write `[one, two]`")],
    ),
    "a list where a text belongs": (
        GOOD_PBX + "    host: [a, b]\n",
        [(5, "pbx[0].host", "one text is expected")],
    ),
    "a text where keys belong": (GOOD_PBX + "log: loud\n", [(5, "log", "keys are expected")]),
    "a country that is none": (
        GOOD_PBX + "region: Russia\n",
        [(5, "region", "write for example `region: RU`")],
    ),
    "a PBX with a name of people": (
        "pbx: [{name: Head Office, username: bridge, secret: '${AMI_SECRET}'}]",
        [(1, "pbx[0].name", "digits, `-` and `_`; write for example `name: office`")],
    ),
    "a name that only a pattern describes": (
        GOOD_PBX + "destinations: [{crm: {kind: zammad, name: 'a b', endpoint: 'http://a/'}}]\n",
        [(5, "destinations[0].crm.name", "it must match ^")],
    ),
    "a telephone that nobody can dial": (
        GOOD_PBX + "routing: {dial: PJSIP}\n",
        [(5, "routing.dial", "{extension} in it; write for example `dial: PJSIP/{extension}`")],
    ),
    "addresses of mail that are none": (
        GOOD_PBX
        + "alerts:\n  channels: [{kind: email, server: mail, sender: abc,\n    to: [abc]}]\n",
        [
            (6, "alerts.channels[0].sender", "write for example `sender: bridge@example.org`"),
            (7, "alerts.channels[0].to[0]", "write for example `to: [admin@example.org]`"),
        ],
    ),
    "a server of the cache without its port": (
        GOOD_PBX + "cache: {redis: {addresses: [a]}}\n",
        [(5, "cache.redis.addresses[0]", "host:port; write for example `addresses: [127.")],
    ),
    "a list that is empty": (
        GOOD_PBX + "cache: {redis: {addresses: []}}\n",
        [(5, "cache.redis.addresses", "at least 1 is needed")],
    ),
    "a script whose one step is none": (
        GOOD_PBX + "scripts: {items: [{name: x, on: answered, do: [{foo: x}]}]}\n",
        [(5, "scripts.items[0].do[0].foo", "not known")],
    ),
    "a person without an extension": (
        GOOD_PBX + "agents: [{name: Anna}]\n",
        [(5, "agents[0].extension", "write for example `extension: 101`")],
    ),
    "CRMs without what reaches them": (
        GOOD_PBX + "destinations:\n  - crm: {kind: builtin}\n  - crm: {kind: zammad}\n"
        "  - crm: {kind: odoo, password: '${AMI_SECRET}'}\n",
        [
            (6, "destinations[0].crm.file", "write for example `file: /var/lib/"),
            (7, "destinations[1].crm.endpoint", "write for example `endpoint: ${ZAMMAD_"),
            (8, "destinations[2].crm.database", "write for example `database: acme`"),
            (8, "destinations[2].crm.login", "write for example `login: bridge@acme.example`"),
            (8, "destinations[2].crm.url", "write for example `url: https://acme.example`"),
        ],
    ),
    "a rule that is only named": (
        GOOD_PBX + "routing:\n  rules:\n  - name: x\n",
        [
            (7, "routing.rules[0].then", "write for example `then: {extension: 103}`"),
            (7, "routing.rules[0].when", "write for example `when: {deal.stage: "),
        ],
    ),
    "a code of no country": (GOOD_PBX + "region: XX\n", [(5, "region", "no country's code")]),
    "an expression without a group": (
        GOOD_PBX + "    extensions: ['^SIP']\n",
        [(5, "pbx[0].extensions[0]", "put parentheses around it")],
    ),
    "an expression that is none": (
        GOOD_PBX + "    extensions: ['(']\n",
        [(5, "pbx[0].extensions[0]", "no regular expression")],
    ),
    "links without an address and a secret": (
        GOOD_PBX + "destinations:\n  - crm: {kind: builtin, file: a.db}\n    recordings: link\n",
        [
            (7, "destinations[0].recordings", "a link needs web.link_secret"),
            (7, "destinations[0].recordings", "a link needs web.public_url"),
        ],
    ),
    "links that outlive what they lead to": (
        GOOD_PBX
        + "destinations:\n  - crm: {kind: builtin, file: a.db}\n    recordings: link\n"
        + "web: {public_url: 'https://a.example', link_secret: '${LINK_SECRET}'}\n"
        + "recordings: {keep: {days: 7}}\n",
        [(9, "recordings.keep.days", "links would lead to erased recordings")],
    ),
    "a folder that is here and elsewhere": (
        GOOD_PBX
        + "    recordings:\n      here: /mnt\n      source: {kind: http, url: 'http://pbx/'}\n",
        [(7, "pbx[0].recordings.source", "the folder is `here` already")],
    ),
    "a source over a wire nobody knows": (
        GOOD_PBX + "    recordings: {source: {kind: ftp, host: pbx}}\n",
        [(5, "pbx[0].recordings.source", "")],
    ),
    "an SFTP host whose key is not checked": (
        GOOD_PBX + "    recordings: {source: {kind: sftp, host: pbx, username: us}}\n",
        [(5, "pbx[0].recordings.source.known_hosts", "")],
    ),
    "a variable the environment lacks": (
        "pbx: [{name: office, username: bridge, secret: '${NOWHERE}'}]",
        [(1, "pbx[0].secret", "the environment has no NOWHERE")],
    ),
    "a variable that is empty": (
        GOOD_PBX + "    host: ${EMPTY}\n",
        [(5, "pbx[0].host", "the environment has no EMPTY")],
    ),
    "a file that is not there": (
        GOOD_PBX + "    host: file:none\n",
        [(5, "pbx[0].host", "cannot read none: No such file")],
    ),
    "two people on one mobile": (
        GOOD_PBX
        + "agents:\n- {extension: 101, mobiles: [+79161234567]}\n"
        + "- {extension: 102, mobiles: ['8 916 123-45-67']}\n",
        [(7, "agents[1].mobiles[0]", "this mobile is 101's already")],
    ),
    "two people at one phone": (
        GOOD_PBX
        + "agents:\n- {extension: 101, endpoints: [PJSIP/desk]}\n"
        + "- {extension: 102, endpoints: [PJSIP/desk]}\n",
        [(7, "agents[1].endpoints[0]", "this phone is 101's already")],
    ),
    "a phone and a trunk that no channel is called after": (
        GOOD_PBX + "    trunks: [operator]\nagents:\n- {extension: 101, endpoints: [101]}\n",
        [(5, "pbx[0].trunks[0]", "PJSIP/operator"), (7, "agents[0].endpoints[0]", "PJSIP/101")],
    ),
    "a store that is none": (
        GOOD_PBX + "store: {url: 'mysql://bridge@db/bridge'}\n",
        [(5, "store.url", "mysql is no store")],
    ),
    "a store's address that is none": (
        GOOD_PBX + "store: {url: 'postgresql://db:port/bridge'}\n",
        [(5, "store.url", "no address")],
    ),
    "a folder that is no part of an address": (
        GOOD_PBX + "folder: /srv/a?b\n",
        [(5, "folder", "choose a path without")],
    ),
    "a mobile that is none": (
        GOOD_PBX + "agents:\n- {extension: 101, mobiles: [12]}\n",
        [(6, "agents[0].mobiles[0]", "+79161234567")],
    ),
    "two people on one extension": (
        GOOD_PBX + "agents:\n- extension: 101\n- extension: 101\n",
        [(7, "agents[1].extension", "twice")],
    ),
    "a company number not as the world dials it": (
        GOOD_PBX + "rules:\n  dids:\n    84951234501: {}\n",
        [(7, "rules.dids.84951234501", "like +74951234567")],
    ),
    "no PBX": ("pbx: []", [(1, "pbx", "no PBX to follow")]),
    "nothing at all": ("", [(1, "pbx", "this key is missing")]),
    "two mistakes at once": (
        GOOD_PBX + "    prot: 1\nregoin: RU\n",
        [(5, "pbx[0].prot", "`port`"), (6, "regoin", "`region`")],
    ),
    "a bracket inside braces": (
        "web: {bind: $.a[0]}\n",
        [(1, "", "into quotes where it stands inside { } or [ ]")],
    ),
    "a tab": ("pbx:\n\t- name: x\n", [(2, "", "indent with spaces")]),
    "a bracket that stays open": ("pbx: [", [(1, "", "")]),
    "a list at the top": ("- pbx\n", [(1, "", "`key: value` lines")]),
    "a character that YAML forbids": ("region: RU\n\x00", [(2, "", "YAML forbids")]),
    "a Python object": (
        GOOD_PBX + "    host: !!python/object/apply:os.getcwd []\n",
        [(5, "pbx[0].host", "remove the tag")],
    ),
    "a merge": (
        "x: &a {}\n" + GOOD_PBX + "    <<: *a\n",
        [(1, "x", "not known"), (6, "pbx[0].<<", "write the lines out")],
    ),
    "an anchor inside itself": (
        GOOD_PBX + "    trunks: &a [*a]\n",
        [(5, "pbx[0].trunks[0]", "write the value out"), (5, "pbx[0].trunks[0]", "one text")],
    ),
    "a recording that a CRM does not take": (
        GOOD_PBX
        + "recordings: {format: opus}\n"
        + "destinations:\n"
        + "  - crm: {kind: bitrix24, webhook: 'https://a.bitrix24.ru/rest/1/f00dcafe/'}\n",
        [(7, "destinations[0].crm.kind", "write recordings.format: mp3 or wav")],
    ),
    "a CRM in no country": (
        GOOD_PBX
        + "destinations:\n"
        + "  - crm:\n      kind: bitrix24\n      region: ZZ\n"
        + "      webhook: 'https://a.bitrix24.ru/rest/1/f00dcafe/'\n",
        [(8, "destinations[0].crm.region", "no country's code")],
    ),
    "no country at the top": (
        "region: ZZ\n"
        + GOOD_PBX
        + "destinations:\n"
        + "  - crm: {kind: bitrix24, webhook: 'https://a.bitrix24.ru/rest/1/f00dcafe/'}\n",
        [(1, "region", "no country's code")],
    ),
    "nested without end": ("[" * 5000, [(1, "", "nested too deep")]),
}


@pytest.mark.parametrize(("text", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_with_line_key_and_remedy(
    text: str, expected: list[tuple[int, str, str]], refused: Refused
) -> None:
    found = [(f.line, f.key, f"{f.problem}: {f.advice}") for f in refused(text)]
    said = [
        (line, key, part if part in says else says)
        for (line, key, says), (_, _, part) in zip(found, expected, strict=False)
    ]
    assert (said, len(found)) == (expected, len(expected))


@pytest.mark.parametrize(
    "password",
    [
        "changeme",
        "ChangeMe!",
        "secret",
        "amp111",
        "123456",
        "your-secret-here",
        "<secret>",
        "xxxxxxxx",
        "****",
        "Passw0rd",
        "my_secret",
        "replace-me",
        "' '",
    ],
)
def test_a_password_out_of_an_example_is_refused(password: str, refused: Refused) -> None:
    [finding] = refused(
        f"pbx:\n- name: office\n  username: bridge\n  secret: '{password.strip(chr(39))}'\n"
    )
    assert (finding.line, finding.key) == (4, "pbx[0].secret")
    assert "openssl rand" in finding.advice


def test_ten_thousand_times_ten_thousand_values_end_at_once(refused: Refused) -> None:
    laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{after}: &{after} [{', '.join([f'*{before}'] * 10)}]\n"
        for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert any("more values than any" in finding.problem for finding in refused(laughs))


@pytest.mark.parametrize(
    "line",
    [
        "    port: ${AMI_SECRET}\n",
        "    tls: ${AMI_SECRET}\n",
        "log: {level: '${AMI_SECRET}'}\n",
        "    extensions: ['(${AMI_SECRET}']\n",
        "    4f1c0d9e77ab: 1\n    port: '${AMI_SECRET}'\n",
    ],
)
def test_what_a_reference_means_is_never_told(line: str, refused: Refused) -> None:
    told = "\n".join(map(str, refused(GOOD_PBX + line.replace("    4f1c0d9e77ab: 1\n", ""))))
    assert "4f1c0d9e77ab" not in told
