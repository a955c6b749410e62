//! A PostgreSQL server for this program alone: in a folder of its own, on a socket in it, and
//! gone with the program, however that ends.

use std::{
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{ChildStdin, Command, Output, Stdio},
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

use nix::unistd::{Uid, User, chown};

/// Debian's `postgresql` puts its programs here, by version.
const PROGRAMS: &str = "/usr/lib/postgresql";
/// The role of all tests.
const ROLE: &str = "gateway";
/// How long it may take until the server answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// Makes the server's files (all roles come in without a password, but `guarded`), starts it, and waits for the end of standard input, which is
/// the end of the program; then nothing is left. `$1`: its programs. `$2`: the folder.
/// What the machine may lose at a power cut is no matter here.
const KEEPER: &str = r#"
exec >"$2/log" 2>&1
"$1/initdb" --pgdata="$2/data" --username="$3" --auth=trust --encoding=UTF8 --no-locale --no-sync
sed -i '1i local all guarded scram-sha-256' "$2/data/pg_hba.conf"
setpriv --pdeathsig QUIT "$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= \
    -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=400 &
read -r end
kill -QUIT $!
wait
cd /
rm -rf "$2"
"#;

/// The server that is running.
pub(crate) struct Server {
    programs: PathBuf,
    folder: PathBuf,
    /// Open as long as this program runs.
    _keeper: ChildStdin,
}

impl Server {
    /// The server, which the first one who asks starts.
    pub(crate) fn running() -> &'static Self {
        static SERVER: LazyLock<Server> = LazyLock::new(Server::start);
        &SERVER
    }

    fn start() -> Self {
        let programs = programs().unwrap_or_else(|| {
            panic!("{PROGRAMS} has no PostgreSQL; install it: apt-get install postgresql")
        });
        let folder = tempfile::Builder::new().prefix("gateway-pg-").tempdir().expect("a folder");
        let mut keeper = Command::new("setpriv");
        if Uid::effective().is_root() {
            // PostgreSQL does not run as root; its package has made it a user.
            let user = User::from_name("postgres").expect("users").expect("a user postgres");
            chown(folder.path(), Some(user.uid), Some(user.gid)).expect("given away");
            let ids = [format!("--reuid={}", user.uid), format!("--regid={}", user.gid)];
            keeper.args(ids).arg("--clear-groups");
        }
        // It removes the folder itself, after the server.
        let folder = folder.keep();
        keeper.args(["--", "sh", "-c", KEEPER, "keeper"]).args([&programs, &folder]).arg(ROLE);
        // Out of reach of the terminal's ^C, so that it can clean up.
        keeper.current_dir("/").process_group(0).stdin(Stdio::piped());
        let mut keeper = keeper.spawn().expect("setpriv of util-linux");
        let server = Self { programs, folder, _keeper: keeper.stdin.take().expect("piped above") };
        // Nobody else waits for its end.
        thread::spawn(move || keeper.wait());
        server.wait();
        server
    }

    fn wait(&self) {
        let began = Instant::now();
        while !self.run("pg_isready", &[]).status.success() {
            if began.elapsed() > PATIENCE {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                panic!("PostgreSQL does not start: {log}");
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Makes a database of this name.
    pub(crate) fn make_database(&self, name: &str) {
        let output = self.run("createdb", &["--username", ROLE, name]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Where the database of this name is.
    pub(crate) fn address(&self, name: &str) -> String {
        let host = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://{ROLE}@{host}/{name}")
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(self.programs.join(program));
        command.arg("--host").arg(&self.folder).args(arguments);
        command.output().expect("one of PostgreSQL's programs")
    }
}

/// The programs of the newest version.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(PROGRAMS).ok()?.flatten();
    let of_version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let versions = versions.map(|it| it.path()).filter(|path| path.join("bin/initdb").exists());
    Some(versions.max_by_key(|path| of_version(path))?.join("bin"))
}
