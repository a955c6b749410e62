//! `POST /v1/devices/current/journal`: what a device did, entry by entry, in a chain that
//! nobody can mend (D28), and how it is. No patient is in it.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    answer::json,
    fields,
    gateway::Gateway,
    problem::Problem,
    request::{Device, Json},
    store::{self, Told, Written},
};

/// Entries in one call.
const ENTRIES_MAX: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    entries: Vec<Entry>,
    health: Health,
}

/// An entry as it is sent.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    seq: u64,
    time: String,
    who: String,
    method: String,
    check: String,
    outcome: String,
    prev: String,
    hash: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Health {
    version: String,
    reader: String,
    uptime_s: u64,
}

/// What an entry's hash is over, in this order, as compact JSON.
#[derive(Serialize)]
struct Hashed<'a> {
    seq: u64,
    time: &'a str,
    who: &'a str,
    method: &'a str,
    check: &'a str,
    outcome: &'a str,
}

#[derive(Serialize)]
struct Acknowledged {
    acknowledged: u64,
}

/// `POST /v1/devices/current/journal`.
pub(crate) async fn take(
    State(gateway): State<Arc<Gateway>>,
    Device(device): Device,
    Json(sent): Json<Sent>,
) -> Result<Response, Problem> {
    let health = sent.health.read()?;
    if sent.entries.len() > ENTRIES_MAX {
        return Err(Problem::BadRequest("entries must be at most 200."));
    }
    let entries = sent.entries.iter().map(Entry::read);
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    let now = gateway.now().unix_timestamp();
    match gateway.store.continue_journal(&device.id, &entries, health, now).await? {
        Told::Up(acknowledged) => Ok(json(StatusCode::OK, &Acknowledged { acknowledged })),
        Told::Broken { seq } => {
            log::warn!("the journal of device {} is broken at entry {seq}", device.id);
            Err(Problem::JournalBroken)
        }
    }
}

impl Entry {
    fn read(&self) -> Result<store::Entry<'_>, Problem> {
        let seq = i64::try_from(self.seq).ok().filter(|seq| (1..i64::MAX).contains(seq));
        if OffsetDateTime::parse(&self.time, &Rfc3339).is_err() {
            return Err(Problem::BadRequest("time must be RFC 3339."));
        }
        fields::one_of(
            &self.who,
            &["staff-code", "nobody", "admin", "device"],
            "who must be staff-code, nobody, admin or device.",
        )?;
        fields::one_of(
            &self.method,
            &["visual", "pin", "device", ""],
            "method must be visual, pin, device or empty.",
        )?;
        fields::check_id(&self.check)?;
        fields::outcome(&self.outcome)?;
        fields::hash(&self.prev)?;
        fields::hash(&self.hash)?;
        Ok(store::Entry {
            seq: seq.ok_or(Problem::BadRequest("seq must count from 1."))?,
            happened_at: &self.time,
            who: &self.who,
            method: &self.method,
            check: &self.check,
            outcome: &self.outcome,
            prev: &self.prev,
            hash: &self.hash,
            hash_is_right: self.expected_hash().as_deref() == Some(&self.hash),
        })
    }

    /// SHA-256 over the hash before this entry, as bytes, and the entry; hexadecimal.
    fn expected_hash(&self) -> Option<String> {
        let hashed = Hashed {
            seq: self.seq,
            time: &self.time,
            who: &self.who,
            method: &self.method,
            check: &self.check,
            outcome: &self.outcome,
        };
        hashed.after(&self.prev)
    }
}

impl Hashed<'_> {
    fn after(&self, prev: &str) -> Option<String> {
        let mut context = Context::new(&SHA256);
        context.update(&crate::hash::from_hex(prev)?);
        context.update(&serde_json::to_vec(self).expect("strings and a number are JSON"));
        Some(crate::hash::to_hex(context.finish().as_ref()))
    }
}

/// Whether each kept entry after the first continues the one before it. The first one is
/// compared only if it is the journal's first.
pub(crate) fn chain_holds(entries: &[Written]) -> bool {
    let mut before: Option<&Written> = None;
    entries.iter().all(|entry| {
        let before = before.replace(entry);
        let prev = match before {
            Some(before) if before.seq + 1 == entry.seq => before.hash.as_str(),
            None if entry.seq == 1 => store::NOTHING,
            Some(_) => return false,
            None => return true,
        };
        let hashed = Hashed {
            seq: u64::try_from(entry.seq).unwrap_or(0),
            time: &entry.happened_at,
            who: &entry.who,
            method: &entry.method,
            check: &entry.check,
            outcome: &entry.outcome,
        };
        hashed.after(prev).as_deref() == Some(&entry.hash)
    })
}

impl Health {
    fn read(&self) -> Result<store::Health<'_>, Problem> {
        fields::version(&self.version)?;
        fields::reader(&self.reader)?;
        let uptime_s = i64::try_from(self.uptime_s)
            .map_err(|_| Problem::BadRequest("uptime_s must be seconds."))?;
        Ok(store::Health { version: &self.version, reader: &self.reader, uptime_s })
    }
}
