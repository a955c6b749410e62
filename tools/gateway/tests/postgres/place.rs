//! Where these tests have their databases: one each on the server of this program.

use std::{
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use reference_gateway::store::Database;

use crate::server::Server;

/// What lies beside the CAs in a gateway's folder: nothing.
pub(crate) const FILES: &[&str] = &[];

/// A database of one test.
pub(crate) struct Place(String);

impl Place {
    /// Of whatever gateway is told its address.
    pub(crate) fn new(_folder: &Path) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let server = Server::running();
        server.make_database(&name);
        Self(server.address(&name))
    }

    pub(crate) fn database(&self) -> Database {
        Database::server(&self.0).expect("an address")
    }

    /// Its address for sqlx.
    pub(crate) fn address(&self) -> String {
        self.0.clone()
    }

    /// What the program is told of it.
    pub(crate) fn arguments(&self) -> Vec<String> {
        vec!["--database".to_owned(), self.0.clone()]
    }
}
