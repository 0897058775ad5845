/** The tables of a ledger's Durable Object, and how one version of them becomes the next. docs/storage.md explains them. */

/**
 * Step n leads from version n to n + 1; the version stands in `meta`. A step that was released is never edited: a change
 * of the schema is a new step at the end.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE records (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
   CREATE TABLE buckets (
     owner TEXT NOT NULL, name TEXT NOT NULL,
     level INTEGER NOT NULL, at INTEGER NOT NULL, capacity INTEGER NOT NULL, refill REAL NOT NULL,
     suppressed INTEGER NOT NULL,
     PRIMARY KEY (owner, name)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE jurisdictions (ledger TEXT PRIMARY KEY, jurisdiction TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE plans (
     id TEXT PRIMARY KEY, owner TEXT NOT NULL, state TEXT NOT NULL, open INTEGER NOT NULL,
     created INTEGER NOT NULL, until INTEGER NOT NULL, body TEXT NOT NULL, sealed TEXT NOT NULL
   ) STRICT;
   CREATE INDEX plans_of_owner ON plans (owner, open);
   CREATE INDEX plans_by_age ON plans (created, id);
   CREATE INDEX plans_until ON plans (until);
   CREATE TABLE callers (
     owner TEXT PRIMARY KEY, readAt INTEGER NOT NULL, approvedAt INTEGER NOT NULL, raisedUntil INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE switches (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  `ALTER TABLE callers ADD COLUMN last INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE callers ADD COLUMN watched TEXT;
   UPDATE callers SET last = MAX(readAt, approvedAt, raisedUntil);
   CREATE INDEX callers_by_last ON callers (last);`,
  `CREATE TABLE tiles (key TEXT PRIMARY KEY, hashes BLOB NOT NULL) STRICT;
   CREATE TABLE checkpoints (size INTEGER PRIMARY KEY, time INTEGER NOT NULL, note TEXT NOT NULL) STRICT;
   CREATE TABLE audit (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
]

/** Brings the tables up to date, once for each start of the object. Throws where they are newer than this program. */
export const migrate = (storage: DurableObjectStorage): void => {
  storage.transactionSync(() => {
    const { sql } = storage
    sql.exec('CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID')
    const [row] = sql.exec<{ value: string }>("SELECT value FROM meta WHERE key = 'schema'").toArray()
    const version = Number(row?.value ?? 0)
    if (version === MIGRATIONS.length) return
    if (version > MIGRATIONS.length) {
      throw new Error(`Open the ledger: its tables have version ${version}, this program knows ${MIGRATIONS.length}`)
    }
    for (const step of MIGRATIONS.slice(version)) sql.exec(step)
    sql.exec(
      "INSERT INTO meta (key, value) VALUES ('schema', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      String(MIGRATIONS.length),
    )
  })
}
