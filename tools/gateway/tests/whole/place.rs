//! Where these tests have their databases: each in a file of its own.

use std::path::{Path, PathBuf};

use reference_gateway::store::Database;

/// What lies beside the CAs in a gateway's folder.
pub(crate) const FILES: &[&str] = &["gateway.sqlite", "gateway.sqlite-wal", "gateway.sqlite-shm"];

/// A database of one test.
pub(crate) struct Place(PathBuf);

impl Place {
    /// Of the gateway that has this folder.
    pub(crate) fn new(folder: &Path) -> Self {
        Self(folder.join("gateway.sqlite"))
    }

    pub(crate) fn database(&self) -> Database {
        Database::file(&self.0).expect("a path")
    }

    /// Its address for sqlx.
    pub(crate) fn address(&self) -> String {
        format!("sqlite://{}", self.0.display())
    }

    /// What the program is told of it: nothing.
    pub(crate) fn arguments(&self) -> Vec<String> {
        Vec::new()
    }
}
