-- People
CREATE TABLE users (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT,
    active BOOLEAN NOT NULL
);
CREATE TABLE extensions (
    extension TEXT PRIMARY KEY,
    user TEXT NOT NULL REFERENCES users (id)
);

-- Clients. `search` is the name without case, for people who look for it.
CREATE TABLE companies (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    inn TEXT,
    owner TEXT REFERENCES users (id),
    fields JSON NOT NULL,
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
);
CREATE INDEX companies_search ON companies (search);
CREATE INDEX companies_inn ON companies (inn);
CREATE TABLE requisites (
    company INTEGER NOT NULL REFERENCES companies (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (company, name)
);
CREATE INDEX requisites_value ON requisites (value);
CREATE TABLE contacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    owner TEXT REFERENCES users (id),
    company INTEGER REFERENCES companies (id),
    fields JSON NOT NULL,
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
);
CREATE INDEX contacts_search ON contacts (search);
CREATE INDEX contacts_company ON contacts (company);
CREATE TABLE phones (
    kind TEXT NOT NULL,
    entity INTEGER NOT NULL,
    raw TEXT NOT NULL,
    e164 TEXT,
    PRIMARY KEY (kind, entity, raw)
);
CREATE INDEX phones_e164 ON phones (e164);
CREATE TABLE emails (
    kind TEXT NOT NULL,
    entity INTEGER NOT NULL,
    email TEXT NOT NULL,
    PRIMARY KEY (kind, entity, email)
);
CREATE INDEX emails_email ON emails (email);

-- Work
CREATE TABLE leads (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    search TEXT NOT NULL,
    did TEXT,
    pipeline TEXT,
    owner TEXT REFERENCES users (id),
    contact INTEGER REFERENCES contacts (id),
    company INTEGER REFERENCES companies (id),
    closed BOOLEAN NOT NULL,
    repeat BOOLEAN NOT NULL,
    fields JSON NOT NULL,
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
);
CREATE INDEX leads_contact ON leads (contact);
CREATE TABLE pipelines (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    position INTEGER NOT NULL
);
CREATE TABLE stages (
    pipeline TEXT NOT NULL REFERENCES pipelines (id),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    closes TEXT,
    PRIMARY KEY (pipeline, id)
);
CREATE TABLE deals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    search TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    stage TEXT NOT NULL,
    closed BOOLEAN NOT NULL,
    owner TEXT REFERENCES users (id),
    contact INTEGER REFERENCES contacts (id),
    company INTEGER REFERENCES companies (id),
    fields JSON NOT NULL,
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    FOREIGN KEY (pipeline, stage) REFERENCES stages (pipeline, id)
);
CREATE INDEX deals_contact ON deals (contact);
CREATE INDEX deals_company ON deals (company);
CREATE TABLE deal_users (
    deal INTEGER NOT NULL REFERENCES deals (id),
    user TEXT NOT NULL REFERENCES users (id),
    PRIMARY KEY (deal, user)
);
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    owner TEXT REFERENCES users (id),
    kind TEXT,
    entity INTEGER,
    done BOOLEAN NOT NULL,
    fields JSON NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    entity INTEGER NOT NULL,
    author TEXT REFERENCES users (id),
    text TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX notes_entity ON notes (kind, entity);

-- Calls. One row for each call, whatever number of times it is logged.
CREATE TABLE calls (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id TEXT NOT NULL UNIQUE,
    direction TEXT NOT NULL,
    disposition TEXT,
    phone TEXT,
    name TEXT,
    did TEXT,
    user TEXT REFERENCES users (id),
    started_at TEXT,
    talk_seconds REAL,
    record JSON NOT NULL,
    logged_at TEXT NOT NULL
);
CREATE INDEX calls_phone ON calls (phone);
CREATE TABLE call_entities (
    call INTEGER NOT NULL REFERENCES calls (id),
    kind TEXT NOT NULL,
    entity INTEGER NOT NULL,
    PRIMARY KEY (call, kind, entity)
);
CREATE INDEX call_entities_entity ON call_entities (kind, entity);
CREATE TABLE recordings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    call INTEGER NOT NULL REFERENCES calls (id),
    recording TEXT NOT NULL,
    location TEXT NOT NULL,
    attached_at TEXT NOT NULL,
    UNIQUE (call, recording)
);
CREATE TABLE announcements (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id TEXT NOT NULL UNIQUE,
    direction TEXT NOT NULL,
    phone TEXT,
    name TEXT,
    did TEXT,
    announced_at TEXT NOT NULL
);
CREATE TABLE shown_to (
    announcement INTEGER NOT NULL REFERENCES announcements (id),
    user TEXT NOT NULL REFERENCES users (id),
    PRIMARY KEY (announcement, user)
);
CREATE TABLE notices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user TEXT NOT NULL REFERENCES users (id),
    text TEXT NOT NULL,
    created_at TEXT NOT NULL
);

-- Safety: what was written under which key, what changed in a field, whose phones changed
CREATE TABLE keys (
    key TEXT PRIMARY KEY,
    result TEXT NOT NULL,
    written_at TEXT NOT NULL
);
CREATE TABLE history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    entity INTEGER NOT NULL,
    field TEXT NOT NULL,
    old TEXT,
    new TEXT,
    changed_at TEXT NOT NULL
);
CREATE INDEX history_entity ON history (kind, entity);
CREATE TABLE feed (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    phone TEXT NOT NULL
);
