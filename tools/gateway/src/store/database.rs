//! Where the database is: a file of the gateway's folder, or a PostgreSQL server that many
//! gateways share.
//!
//! A password is never in here, so none gets into a log, an error or the list of processes:
//! it comes from where every client of PostgreSQL looks, `PGPASSFILE`, `~/.pgpass` or
//! `PGPASSWORD`.

use std::{env, path::Path, str::FromStr};

use sqlx::{
    ConnectOptions, any::AnyConnectOptions, postgres::PgConnectOptions,
    sqlite::SqliteConnectOptions,
};

/// Where the database is.
#[derive(Clone, Debug)]
pub struct Database {
    pub(super) options: AnyConnectOptions,
    pub(super) kind: Kind,
}

/// What keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Sqlite,
    Postgres,
}

/// An address that is not taken.
#[derive(Debug, thiserror::Error)]
pub enum WrongDatabase {
    #[error("--database must be like postgres://gateway@db.example.jp/shikaku")]
    Form,
    #[error(
        "--database must not hold a password, since everybody sees the arguments of a program; \
         put it into the file that PGPASSFILE names"
    )]
    Password,
    #[error("--database: {0}")]
    Option(#[source] sqlx::Error),
}

impl Database {
    /// SQLite in this file, which is made if it is not there.
    ///
    /// Errors: there is no path to it.
    pub fn file(file: &Path) -> Result<Self, sqlx::Error> {
        let file = std::path::absolute(file)?;
        // The address is decoded once, but what is encoded for it leaves this sign out.
        let file = file.to_string_lossy().replace('%', "%25");
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let options = AnyConnectOptions::from_url(&options.to_url_lossy())?;
        Ok(Self { options, kind: Kind::Sqlite })
    }

    /// PostgreSQL at this address; what it leaves out is taken from `PGHOST` and its like.
    /// Over a network the server must prove who it is, unless `sslmode` says otherwise.
    ///
    /// Errors: see [`WrongDatabase`].
    pub fn server(address: &str) -> Result<Self, WrongDatabase> {
        let mut options = AnyConnectOptions::from_str(address).map_err(|_| WrongDatabase::Form)?;
        let url = &mut options.database_url;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(WrongDatabase::Form);
        }
        let has = |names: &[&str]| url.query_pairs().any(|(name, _)| names.contains(&&*name));
        if url.password().is_some() || has(&["password"]) {
            return Err(WrongDatabase::Password);
        }
        let says_how = has(&["sslmode", "ssl-mode"]) || env::var_os("PGSSLMODE").is_some();
        let server = PgConnectOptions::from_url(url).map_err(WrongDatabase::Option)?;
        let is_near = server.get_socket().is_some() || server.get_host().starts_with('/');
        if !says_how && !is_near {
            url.query_pairs_mut().append_pair("sslmode", "verify-full");
        }
        Ok(Self { options, kind: Kind::Postgres })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(address: &str) -> String {
        let database = Database::server(address).expect("taken");
        let server = PgConnectOptions::from_url(&database.options.database_url).expect("read");
        format!("{:?}", server.get_ssl_mode())
    }

    #[test]
    fn over_a_network_the_server_proves_itself_unless_told_otherwise() {
        assert_eq!(mode("postgres://gateway@db.example.jp/shikaku"), "VerifyFull");
        assert_eq!(
            mode("postgres://gateway@db.example.jp/shikaku?sslrootcert=/ca.pem"),
            "VerifyFull"
        );
        assert_eq!(mode("postgresql://db.example.jp/shikaku?sslmode=require"), "Require");
        assert_eq!(mode("postgres:///shikaku?host=/run/postgresql"), "Prefer");
        assert_eq!(mode("postgres://%2Frun%2Fpostgresql/shikaku"), "Prefer");
    }

    #[test]
    fn a_password_among_the_arguments_is_refused_and_not_repeated() {
        for address in ["postgres://a:s3cret@db/x", "postgres://a@db/x?password=s3cret"] {
            let error = Database::server(address).expect_err("a password");
            assert!(matches!(error, WrongDatabase::Password));
            assert!(!format!("{error} {error:?}").contains("s3cret"));
        }
    }

    #[test]
    fn what_is_no_address_of_postgresql_is_refused() {
        for address in ["", "shikaku", "mysql://db/x", "sqlite:///x", "postgres://db:port/x"] {
            let error = Database::server(address).expect_err("no address");
            assert!(matches!(error, WrongDatabase::Form), "{address}: {error}");
        }
        let error = Database::server("postgres://db/x?sslmode=maybe").expect_err("no mode");
        assert!(matches!(error, WrongDatabase::Option(_)), "{error}");
    }
}
