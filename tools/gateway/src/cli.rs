//! The commands.

use std::{
    io::{self, BufRead, Read},
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
};

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use reference_gateway::{
    accounts,
    ca::{self, AuthorityError},
    clock::{Clock, SystemClock},
    codes,
    consents::Consents,
    fields,
    folder::{Folder, FolderError},
    gateway::{Gateway, Limits, StartError},
    people::People,
    problem::Problem,
    serve::Server,
    store::{Account, Authority, Database, NewAdministrator, Store, WrongDatabase},
};
use tokio::signal::unix::{SignalKind, signal};
use zeroize::Zeroizing;

/// The reference gateway of Shikaku Kiosk: a simulator (模擬環境).
#[derive(Parser)]
#[command(version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves until SIGTERM; prints `listening URL` when ready, and `portal URL` below it.
    Serve(Serve),
    /// Makes a facility (医療機関等) and its administrator (管理アカウント), or changes them; the
    /// password is read from standard input.
    Facility(NewFacility),
    /// Makes an account, or changes it; the password is read from standard input.
    Account(NewAccount),
    /// Issues an activation code of twelve digits and prints it.
    Code(NewCode),
    /// Revokes a device, a code (with the device that it registered) or an account.
    Revoke(Revoke),
    /// Changes to the CA that kiosks were told of already, from the next start on; prints the
    /// file that new kiosks pin.
    ChangeCa(ChangeCa),
    /// Lists the synthetic people: serial number, id, what for.
    People,
}

/// Where the gateway's things are.
#[derive(Args)]
struct Place {
    /// The gateway's own folder; made at the first start.
    #[arg(long)]
    folder: PathBuf,
    /// A PostgreSQL database instead of the file in the folder, for many gateways:
    /// postgres://USER@HOST/NAME. The password comes from PGPASSFILE or ~/.pgpass.
    #[arg(long, value_name = "ADDRESS")]
    database: Option<String>,
}

impl Place {
    fn open(&self) -> Result<(Folder, Database), CommandError> {
        let folder = Folder::open(&self.folder)?;
        let database = match &self.database {
            Some(address) => Database::server(address)?,
            None => Database::file(&folder.database()?)?,
        };
        Ok((folder, database))
    }

    async fn store(&self) -> Result<Store, CommandError> {
        Ok(Store::open(&self.open()?.1).await?)
    }
}

#[derive(Args)]
struct Serve {
    #[command(flatten)]
    place: Place,
    /// Address and port; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// Address and port of the portal, the pages for people; without it there is none.
    #[arg(long)]
    portal: Option<SocketAddr>,
    /// The folder with user-auth-ca.pem, the CAs of the cards; without it no card is known.
    #[arg(long)]
    office: Option<PathBuf>,
    /// A further name in the gateway's certificate, beside localhost and 127.0.0.1.
    #[arg(long)]
    name: Vec<String>,
    /// What devices are offered when they register; "" for nothing.
    #[arg(long, default_value_t = Consents::ALL)]
    consents: Consents,
    /// How many unanswered checks a device may have open, for five minutes each.
    #[arg(long, default_value_t = Limits::default().open_checks)]
    open_checks: u32,
}

#[derive(Args)]
struct NewFacility {
    #[command(flatten)]
    place: Place,
    /// 医療機関コード, ten digits.
    #[arg(long)]
    facility: String,
    /// What it is called.
    #[arg(long)]
    name: String,
    /// The administrator's user id.
    #[arg(long)]
    admin: String,
}

#[derive(Args)]
struct NewAccount {
    #[command(flatten)]
    place: Place,
    /// 医療機関コード, ten digits.
    #[arg(long)]
    facility: String,
    #[arg(long)]
    user: String,
    #[arg(long, value_enum, default_value_t = MayView::General)]
    authority: MayView,
    /// 資格確認限定型: registers devices without an activation code.
    #[arg(long)]
    limited: bool,
    /// As if nobody had logged in at the portal yet.
    #[arg(long)]
    never_used: bool,
    /// As if the facility had not turned the function on.
    #[arg(long)]
    function_off: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum MayView {
    General,
    Medical,
}

#[derive(Args)]
struct NewCode {
    #[command(flatten)]
    place: Place,
    /// 医療機関コード, ten digits.
    #[arg(long)]
    facility: String,
    /// Where the device will stand.
    #[arg(long, default_value = "")]
    memo: String,
    /// For demo and tests: without the ten minutes that a real code takes to ripen.
    #[arg(long)]
    usable_now: bool,
}

#[derive(Args)]
struct ChangeCa {
    #[arg(long)]
    folder: PathBuf,
}

#[derive(Args)]
#[command(group(ArgGroup::new("what").required(true).args(["device", "code", "user"])))]
struct Revoke {
    #[command(flatten)]
    place: Place,
    #[arg(long)]
    device: Option<String>,
    #[arg(long)]
    code: Option<String>,
    /// An account, with --facility.
    #[arg(long, requires = "facility")]
    user: Option<String>,
    #[arg(long)]
    facility: Option<String>,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    #[error(transparent)]
    Open(#[from] reference_gateway::store::OpenError),
    #[error(transparent)]
    Database(#[from] WrongDatabase),
    #[error("the database does not answer: {0}")]
    Store(#[from] sqlx::Error),
    #[error(transparent)]
    Person(#[from] reference_gateway::people::PersonError),
    #[error("cannot read the password from standard input: {0}")]
    Password(#[source] io::Error),
    #[error("cannot wait for signals: {0}")]
    Signal(#[source] io::Error),
    #[error("{0}")]
    Argument(&'static str),
    #[error("there is no such {0}; nothing was revoked")]
    Nothing(&'static str),
}

impl From<Problem> for CommandError {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::BadRequest(what) => Self::Argument(what),
            Problem::PasswordRefused => Self::Argument(
                "an administrator's password has 8 to 20 characters: capitals, small letters, \
                 digits and symbols",
            ),
            _ => Self::Argument("an argument is wrong"),
        }
    }
}

/// Does what was asked for.
pub(crate) async fn run(arguments: Arguments) -> Result<(), CommandError> {
    match arguments.command {
        Command::Serve(it) => serve(it).await,
        Command::Facility(it) => facility(it).await,
        Command::Account(it) => account(it).await,
        Command::Code(it) => code(it).await,
        Command::Revoke(it) => revoke(it).await,
        Command::ChangeCa(it) => change_ca(&it),
        Command::People => people(),
    }
}

async fn serve(it: Serve) -> Result<(), CommandError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(CommandError::Signal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(CommandError::Signal)?;
    let (folder, database) = it.place.open()?;
    if it.office.is_none() {
        log::warn!("no --office: every card will be refused as not trusted");
    }
    let clock = Arc::new(SystemClock);
    let mut gateway = Gateway::open(&folder, &database, it.office.as_deref(), clock).await?;
    gateway.offered = it.consents;
    gateway.limits.open_checks = it.open_checks;
    crate::files::allow_for(&gateway.limits);
    let names: Vec<String> =
        ["localhost", "127.0.0.1"].into_iter().map(str::to_owned).chain(it.name).collect();
    let mut server = Server::bind(gateway, it.listen, &names).await?;
    if let Some(portal) = it.portal {
        server = server.with_portal(portal).await?;
    }
    let portal = server.portal_address()?;
    let portal = portal.map(|it| format!("\nportal https://localhost:{}", it.port()));
    // At once: whoever reads the first line may close the pipe.
    println!(
        "listening https://localhost:{}{}",
        server.address()?.port(),
        portal.unwrap_or_default()
    );
    let end = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    server.run(end).await;
    Ok(())
}

async fn facility(it: NewFacility) -> Result<(), CommandError> {
    fields::facility_code(&it.facility)?;
    fields::facility_name(&it.name)?;
    fields::user_id(&it.admin)?;
    let password = read_password().map_err(CommandError::Password)?;
    fields::new_password(&password)?;
    let store = it.place.store().await?;
    let administrator = NewAdministrator {
        facility_code: &it.facility,
        facility_name: &it.name,
        user_id: &it.admin,
        password_hash: &accounts::hash(&password),
    };
    let done = store.put_administrator(administrator).await?;
    store.close().await;
    const TAKEN: &str = "--admin is an account of the facility already; take another user id";
    done.then_some(()).ok_or(CommandError::Argument(TAKEN))
}

async fn account(it: NewAccount) -> Result<(), CommandError> {
    fields::facility_code(&it.facility)?;
    fields::user_id(&it.user)?;
    let password = read_password().map_err(CommandError::Password)?;
    fields::password(&password)?;
    let account = Account {
        facility_code: it.facility,
        user_id: it.user,
        password_hash: accounts::hash(&password),
        authority: match it.authority {
            MayView::General => Authority::General,
            MayView::Medical => Authority::Medical,
        },
        limited: it.limited,
        function_enabled: !it.function_off,
        has_logged_in: !it.never_used,
    };
    let store = it.place.store().await?;
    store.put_account(&account).await?;
    store.close().await;
    Ok(())
}

/// One line, without its end; longer than any password is no password.
fn read_password() -> io::Result<Zeroizing<String>> {
    const LINE_MAX: u64 = 1024;
    let mut line = Zeroizing::new(String::with_capacity(1024));
    io::stdin().lock().take(LINE_MAX).read_line(&mut line)?;
    let length = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(length);
    Ok(line)
}

async fn code(it: NewCode) -> Result<(), CommandError> {
    fields::facility_code(&it.facility)?;
    let store = it.place.store().await?;
    let now = SystemClock.now();
    println!("{}", codes::issue(&store, &it.facility, &it.memo, it.usable_now, now).await?);
    store.close().await;
    Ok(())
}

async fn revoke(it: Revoke) -> Result<(), CommandError> {
    let store = it.place.store().await?;
    let now = SystemClock.now().unix_timestamp();
    let (done, what) = match (&it.device, &it.code, &it.user, &it.facility) {
        (Some(device), ..) => (store.revoke_device(device, now).await?, "device"),
        (_, Some(code), ..) => (store.revoke_code(code, now).await?, "activation code"),
        (_, _, Some(user), Some(facility)) => {
            (store.revoke_account(facility, user, now).await?, "account")
        }
        _ => return Err(CommandError::Argument("say what to revoke")),
    };
    store.close().await;
    done.then_some(()).ok_or(CommandError::Nothing(what))
}

fn change_ca(it: &ChangeCa) -> Result<(), CommandError> {
    let folder = Folder::open(&it.folder)?;
    println!("{}", ca::Authority::change(&folder, SystemClock.now())?);
    Ok(())
}

fn people() -> Result<(), CommandError> {
    for person in People::read()?.iter() {
        println!("{}  {:<24} {}", person.serial, person.id, person.why);
    }
    Ok(())
}
