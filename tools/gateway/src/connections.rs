//! The connections that are open, by the device at the other end. When a device is revoked, or
//! its account or its code, they end, also those on which nobody asks for anything. That may
//! have been done at the portal, at the command line or by another gateway: the database is
//! asked for it again and again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::{gateway::Gateway, store::Revoked, tls::KnownKey};

/// So many seconds back: another gateway's clock may be behind, and what it wrote comes later.
const LOOK_BACK: i64 = 60;

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Connections(Mutex<Register>);

#[derive(Debug, Default)]
struct Register {
    next: u64,
    open: HashMap<u64, Connection>,
}

#[derive(Debug)]
struct Connection {
    key: Arc<KnownKey>,
    since: i64,
    end: Arc<Notify>,
}

/// A connection that is open as long as this is kept.
#[derive(Debug)]
pub(crate) struct Open<'a> {
    connections: &'a Connections,
    number: u64,
    end: Arc<Notify>,
}

impl Connections {
    /// A device has come.
    pub(crate) fn enter(&self, key: Arc<KnownKey>, since: i64) -> Open<'_> {
        let end = Arc::new(Notify::new());
        let mut register = self.register();
        let number = register.next;
        register.next += 1;
        register.open.insert(number, Connection { key, since, end: end.clone() });
        Open { connections: self, number, end }
    }

    /// Ends what was open when it was revoked. Who comes back later is told why, call by call.
    fn end(&self, revoked: &[Revoked]) {
        if revoked.is_empty() {
            return;
        }
        let mut latest: HashMap<&str, i64> = HashMap::new();
        for it in revoked {
            let at = latest.entry(&it.key_hash).or_insert(it.at);
            *at = it.at.max(*at);
        }
        for it in self.register().open.values() {
            if latest.get(&*it.key.hash).is_some_and(|at| it.since <= *at) {
                it.end.notify_one();
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.register().open.is_empty()
    }

    /// What a panic left behind is whole: each change of it is one.
    fn register(&self) -> MutexGuard<'_, Register> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open<'_> {
    /// Waits until the device is revoked.
    pub(crate) async fn revoked(&self) {
        self.end.notified().await;
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.connections.register().open.remove(&self.number);
    }
}

impl Gateway {
    /// Ends the connections of devices that are revoked, as long as it is waited for.
    pub(crate) async fn end_revoked(&self) {
        loop {
            tokio::time::sleep(self.vigilance).await;
            if self.connections.is_empty() {
                continue;
            }
            match self.store.revoked_since(self.now().unix_timestamp() - LOOK_BACK).await {
                Ok(revoked) => self.connections.end(&revoked),
                Err(error) => log::error!("the database does not answer: {error}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    fn key(hash: &str) -> Arc<KnownKey> {
        Arc::new(KnownKey { hash: hash.to_owned(), not_after: OffsetDateTime::UNIX_EPOCH })
    }

    fn revoked(hash: &str, at: i64) -> Revoked {
        Revoked { key_hash: hash.to_owned(), at }
    }

    async fn has_ended(open: &Open<'_>) -> bool {
        tokio::select! {
            biased;
            () = open.revoked() => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn a_connection_ends_when_its_device_is_revoked_later() {
        let connections = Connections::default();
        let mine = connections.enter(key("mine"), 10);
        let other = connections.enter(key("other"), 10);
        connections.end(&[]);
        connections.end(&[revoked("mine", 9), revoked("nobody", 99)]);
        assert!(!has_ended(&mine).await && !has_ended(&other).await);
        // Twice revoked, whichever comes first.
        connections.end(&[revoked("mine", 10), revoked("mine", 3)]);
        assert!(has_ended(&mine).await && !has_ended(&other).await);
    }

    #[test]
    fn what_has_ended_is_forgotten() {
        let connections = Connections::default();
        let (one, two) = (connections.enter(key("a"), 1), connections.enter(key("a"), 1));
        drop(one);
        assert!(!connections.is_empty());
        drop(two);
        assert!(connections.is_empty());
    }
}
