//! What every call has at hand: the store, the CA, the office, the people, the clock.

use std::{path::Path, sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::sync::Semaphore;

use crate::{
    ca::{Authority, AuthorityError},
    clock::Clock,
    connections::Connections,
    consents::Consents,
    folder::{Folder, FolderError},
    office::{Office, OfficeError},
    people::{People, PersonError},
    pins::Pins,
    problem::Problem,
    relay::{Relays, Terminal, TerminalError},
    store::{Database, OpenError, Store},
    tls::{Devices, TlsError},
};

/// What the proof of a card names, and the device's registration tells (D22).
pub const NAME: &str = "reference-gateway";
/// Passwords that are hashed at once: each takes 19 MiB and a core.
const HASHES_AT_ONCE: usize = 2;
/// Soon enough that nobody waits for it, and one query of the indexes.
const VIGILANCE: Duration = Duration::from_secs(1);

/// The gateway, shared by all connections.
#[derive(Debug)]
pub struct Gateway {
    pub store: Store,
    pub(crate) authority: Authority,
    /// What kiosks are told of the CAs.
    pub(crate) pins: Pins,
    pub(crate) devices: Devices,
    pub(crate) office: Office,
    pub(crate) people: People,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) hashing: Semaphore,
    /// The key of the simulated external authentication, or why there is none.
    pub(crate) terminal: Result<Terminal, TerminalError>,
    pub(crate) relays: Relays,
    pub(crate) connections: Connections,
    pub limits: Limits,
    /// What new devices are offered.
    pub offered: Consents,
    /// How soon a connection ends whose device was revoked, if nothing is asked on it.
    pub vigilance: Duration,
}

/// What may be asked of the gateway at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Unanswered checks a device may have open.
    pub open_checks: u32,
    /// Connections of devices at once; more wait to be accepted.
    pub connections: usize,
    /// Connections to the portal at once.
    pub browsers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { open_checks: 120, connections: 2048, browsers: 128 }
    }
}

/// Why the gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Store(#[from] OpenError),
    #[error(
        "another gateway on this database has another CA: copy ca-number and all ca*.pem from \
         its folder into this one"
    )]
    OtherCa,
    #[error(transparent)]
    Person(#[from] PersonError),
    #[error("{0}: {1}; give with --office the folder that the virtual cards were issued to")]
    Office(String, OfficeError),
    #[error("{0}: {1}")]
    Io(&'static str, #[source] std::io::Error),
}

impl Gateway {
    /// Opens `folder`, which is made at the first start, and `database`. Without `office` no card is
    /// known, and every proof is refused as not trusted; without its simulated terminal
    /// visual checks are refused.
    ///
    /// Errors: see [`StartError`].
    pub async fn open(
        folder: &Folder,
        database: &Database,
        office: Option<&Path>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let terminal = open_terminal(office);
        let office = office.map(read_office).transpose()?.unwrap_or_default();
        let authority = Authority::open(folder, clock.now())?;
        let devices = Devices::new(&authority)?;
        let pins = Pins::sign(&authority, clock.now())?;
        let store = Store::open(database).await?;
        agree_on_cas(&store, &authority).await?;
        Ok(Self {
            store,
            authority,
            pins,
            devices,
            office,
            people: People::read()?,
            clock,
            hashing: Semaphore::new(HASHES_AT_ONCE),
            terminal,
            relays: Relays::default(),
            connections: Connections::default(),
            limits: Limits::default(),
            offered: Consents::ALL,
            vigilance: VIGILANCE,
        })
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }
}

/// A device is known by its CA: gateways that share devices must share CAs.
async fn agree_on_cas(store: &Store, authority: &Authority) -> Result<(), StartError> {
    for (number, certificate) in (1..).zip(authority.all()) {
        let hash = crate::hash::hex(&[certificate]);
        if !store.agree_on_ca(number, &hash).await.map_err(OpenError::from)? {
            return Err(StartError::OtherCa);
        }
    }
    Ok(())
}

/// Says in the journal how 目視 works here, or why it does not.
fn open_terminal(office: Option<&Path>) -> Result<Terminal, TerminalError> {
    let terminal = Terminal::read(office);
    match &terminal {
        Ok(_) => log::info!(
            "visual checks use a simulated external authentication: real cards refuse it"
        ),
        Err(error) => log::warn!("visual checks are refused: {error}"),
    }
    terminal
}

/// The CAs of `OFFICE/user-auth-ca.pem`.
fn read_office(folder: &Path) -> Result<Office, StartError> {
    let file = folder.join("user-auth-ca.pem");
    let pem = crate::folder::read(&file)?.unwrap_or_default();
    Office::read(&pem).map_err(|error| StartError::Office(file.display().to_string(), error))
}

/// The database's trouble is nobody's business but the journal's.
impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        log::error!("the database does not answer: {error}");
        Self::Unavailable
    }
}
