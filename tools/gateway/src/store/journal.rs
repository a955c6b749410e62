//! The devices' journals: each a chain of entries that only grows.

use std::collections::HashMap;

use sqlx::Row;

use super::{Connection, Lock, Store};

/// What stands before the first entry.
pub(crate) const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// An entry of a device's journal; its form is checked already.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    pub seq: i64,
    pub happened_at: &'a str,
    pub who: &'a str,
    pub method: &'a str,
    pub check: &'a str,
    pub outcome: &'a str,
    /// The hash of the entry before it, hexadecimal.
    pub prev: &'a str,
    pub hash: &'a str,
    /// Whether `hash` is the hash of this entry after `prev`.
    pub hash_is_right: bool,
}

/// How a device is, by its own word.
#[derive(Clone, Copy, Debug)]
pub struct Health<'a> {
    pub version: &'a str,
    /// Empty: no reader.
    pub reader: &'a str,
    pub uptime_s: i64,
}

/// What became of the entries that a device told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Everything up to this one is kept; 0 for none.
    Up(u64),
    /// What was told for this entry is not it, or does not continue what is kept; those
    /// before it are kept.
    Broken { seq: i64 },
}

/// The last entry that is kept.
struct Tail {
    seq: i64,
    hash: String,
}

impl Store {
    /// Continues a device's journal with those entries that follow without a gap, and
    /// keeps how the device is. Repeats of what is kept change nothing.
    pub async fn continue_journal(
        &self,
        device: &str,
        entries: &[Entry<'_>],
        health: Health<'_>,
        now: i64,
    ) -> sqlx::Result<Told> {
        let mut tx = self.begin(Lock::Journal(device)).await?;
        put_health(&mut tx, device, health, now).await?;
        let mut tail = tail(&mut tx, device).await?;
        let kept = kept(&mut tx, device, entries).await?;
        let mut broken = None;
        let mut before = None;
        for entry in entries {
            let next = tail.seq + 1;
            let in_order = before.replace(entry.seq).is_none_or(|seq| seq + 1 == entry.seq);
            if in_order && entry.seq > next {
                // Something is missing in between: the device is told from where to go on.
                break;
            }
            let repeat = entry.seq < next;
            let right = in_order
                && entry.hash_is_right
                && match repeat {
                    // The hash covers all of the entry, and what went before.
                    true => kept.get(&entry.seq).is_some_and(|hash| hash == entry.hash),
                    false => entry.prev == tail.hash,
                };
            if !right {
                broken = Some(entry.seq.min(next));
                break;
            }
            if !repeat {
                insert(&mut tx, device, entry, now).await?;
                tail = Tail { seq: entry.seq, hash: entry.hash.to_owned() };
            }
        }
        if let Some(seq) = broken {
            note_break(&mut tx, device, seq, now).await?;
        }
        tx.commit().await?;
        Ok(match broken {
            Some(seq) => Told::Broken { seq },
            None => Told::Up(u64::try_from(tail.seq).unwrap_or(0)),
        })
    }
}

async fn tail(connection: &mut Connection, device: &str) -> sqlx::Result<Tail> {
    let row =
        sqlx::query("SELECT seq, hash FROM journal WHERE device_id = $1 ORDER BY seq DESC LIMIT 1")
            .bind(device)
            .fetch_optional(connection)
            .await?;
    match row {
        Some(row) => Ok(Tail { seq: row.try_get("seq")?, hash: row.try_get("hash")? }),
        None => Ok(Tail { seq: 0, hash: NOTHING.to_owned() }),
    }
}

/// The hashes of those entries that are kept already.
async fn kept(
    connection: &mut Connection,
    device: &str,
    entries: &[Entry<'_>],
) -> sqlx::Result<HashMap<i64, String>> {
    let Some(first) = entries.first().map(|entry| entry.seq) else { return Ok(HashMap::new()) };
    let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    let rows = sqlx::query(
        "SELECT seq, hash FROM journal WHERE device_id = $1 AND seq >= $2 ORDER BY seq LIMIT $3",
    )
    .bind(device)
    .bind(first)
    .bind(count)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| Ok((row.try_get("seq")?, row.try_get("hash")?))).collect()
}

async fn insert(
    connection: &mut Connection,
    device: &str,
    entry: &Entry<'_>,
    now: i64,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO journal (device_id, seq, happened_at, who, method, check_id, outcome, hash,
                              received_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(device)
    .bind(entry.seq)
    .bind(entry.happened_at)
    .bind(entry.who)
    .bind(entry.method)
    .bind(entry.check)
    .bind(entry.outcome)
    .bind(entry.hash)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

async fn note_break(
    connection: &mut Connection,
    device: &str,
    seq: i64,
    now: i64,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO journal_breaks (device_id, seq, received_at) VALUES ($1, $2, $3)
         ON CONFLICT (device_id, seq) DO NOTHING",
    )
    .bind(device)
    .bind(seq)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

async fn put_health(
    connection: &mut Connection,
    device: &str,
    health: Health<'_>,
    now: i64,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO health (device_id, version, reader, uptime_s, received_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (device_id) DO UPDATE SET
             version = excluded.version, reader = excluded.reader,
             uptime_s = excluded.uptime_s, received_at = excluded.received_at",
    )
    .bind(device)
    .bind(health.version)
    .bind(health.reader)
    .bind(health.uptime_s)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}
