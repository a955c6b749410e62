//! The program itself: what it prints, what it leaves on the disk, how it ends.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

use crate::{
    bench::{FACILITY, PASSWORD, USER, office},
    place::{FILES, Place},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_reference-gateway");

/// A folder that is not made yet, and a database for its gateway.
fn begin() -> (TempDir, PathBuf, Place) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("gateway");
    let place = Place::new(&path);
    (folder, path, place)
}

/// A gateway that is ended with this value.
struct Serving {
    child: Child,
    port: u16,
}

impl Serving {
    fn start(folder: &Path, place: &Place) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(["serve", "--listen", "127.0.0.1:0", "--folder"])
            .arg(folder)
            .arg("--office")
            .arg(office())
            .args(place.arguments())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let port = line.trim_end().strip_prefix("listening https://localhost:");
        let port = port.expect("the ready line").parse().expect("a port");
        Self { child, port }
    }

    fn terminate(mut self) -> bool {
        let id = i32::try_from(self.child.id()).expect("an id");
        kill(Pid::from_raw(id), Signal::SIGTERM).expect("told to end");
        let started = Instant::now();
        let status = self.child.wait().expect("ended");
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        status.success()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(folder: &Path, place: &Place, arguments: &[&str], input: &str) -> Output {
    let has_database = arguments[0] != "change-ca" && !arguments.contains(&"--database");
    let mut child = Command::new(PROGRAM)
        .arg(arguments[0])
        .arg("--folder")
        .arg(folder)
        .args(&arguments[1..])
        .args(if has_database { place.arguments() } else { Vec::new() })
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    // A program that fails early does not read.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("ended")
}

fn output(output: &Output) -> (bool, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn it_serves_until_it_is_told_to_end_and_keeps_its_ca() {
    let (_folder, folder, place) = begin();
    let serving = Serving::start(&folder, &place);
    assert!(std::net::TcpStream::connect(("127.0.0.1", serving.port)).is_ok());
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let keys = ["ca-key.pem", "ca-2-key.pem", "ca-turn"];
    for name in keys.iter().chain(FILES) {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
    // And both certificates: nothing else.
    assert_eq!(fs::read_dir(&folder).expect("there").count(), 5 + FILES.len());
    let ca = fs::read(folder.join("ca.pem")).expect("ca.pem");
    assert!(serving.terminate());
    assert!(Serving::start(&folder, &place).terminate());
    assert_eq!(fs::read(folder.join("ca.pem")).expect("ca.pem"), ca);
    // Without its key the CA is not replaced behind the kiosks' back.
    fs::remove_file(folder.join("ca-key.pem")).expect("removed");
    let (ok, _, told) = output(&run(&folder, &place, &["serve"], ""));
    assert!(!ok && told.contains("ca-key.pem is missing"), "{told}");
}

#[test]
fn the_ca_is_changed_and_the_file_to_pin_is_named() {
    let (_folder, folder, place) = begin();
    assert!(Serving::start(&folder, &place).terminate());
    let next = fs::read(folder.join("ca-2.pem")).expect("announced at the first start");
    let (ok, printed, _) = output(&run(&folder, &place, &["change-ca"], ""));
    assert!(ok);
    assert_eq!(printed.trim_end(), folder.join("ca-2.pem").display().to_string());
    assert_eq!(fs::read(printed.trim_end()).expect("there"), next);
    assert!(Serving::start(&folder, &place).terminate());
    assert!(folder.join("ca-3.pem").exists(), "the next one is announced");
}

#[test]
fn accounts_and_codes_are_made_beside_a_running_gateway() {
    let (_folder, folder, place) = begin();
    let _serving = Serving::start(&folder, &place);
    let account = ["account", "--facility", FACILITY, "--user", USER];
    let (ok, printed, told) = output(&run(&folder, &place, &account, &format!("{PASSWORD}\n")));
    assert!(ok && printed.is_empty() && told.is_empty(), "{printed}{told}");
    let code = ["code", "--facility", FACILITY, "--memo", "bed 3", "--usable-now"];
    let (ok, printed, _) = output(&run(&folder, &place, &code, ""));
    let code = printed.trim_end();
    assert!(ok && code.len() == 12 && code.bytes().all(|byte| byte.is_ascii_digit()), "{printed}");
    let (ok, ..) = output(&run(&folder, &place, &["revoke", "--code", code], ""));
    assert!(ok);
    let (ok, ..) =
        output(&run(&folder, &place, &["revoke", "--user", USER, "--facility", FACILITY], ""));
    assert!(ok);
}

#[test]
fn the_portal_is_served_beside_the_contract_for_facilities_of_the_command_line() {
    let (_folder, folder, place) = begin();
    let facility = |name: &str, admin: &str, password: &str| {
        let arguments = ["facility", "--facility", FACILITY, "--name", name, "--admin", admin];
        output(&run(&folder, &place, &arguments, &format!("{password}\n")))
    };
    let (ok, printed, told) = facility("見本病院", "admin01", PASSWORD);
    assert!(ok && printed.is_empty() && told.is_empty(), "{printed}{told}");
    assert!(facility("見本病院", "admin01", "Other-2026!").0, "the same one again");
    for (name, admin, password, expected) in [
        ("", "admin01", PASSWORD, "name must be"),
        ("x", "a b", PASSWORD, "user_id must be"),
        ("x", "admin01", "s3cret", "8 to 20 characters"),
    ] {
        let (ok, _, told) = facility(name, admin, password);
        assert!(!ok && told.contains(expected) && !told.contains("s3cret"), "{told}");
    }
    let account = ["account", "--facility", FACILITY, "--user", USER];
    assert!(output(&run(&folder, &place, &account, &format!("{PASSWORD}\n"))).0);
    let (ok, _, told) = facility("見本病院", USER, PASSWORD);
    assert!(!ok && told.contains("an account of the facility already"), "{told}");

    let mut child = Command::new(PROGRAM)
        .args(["serve", "--listen", "127.0.0.1:0", "--portal", "127.0.0.1:0", "--folder"])
        .arg(&folder)
        .args(place.arguments())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut port = |prefix: &str| -> u16 {
        let line = lines.next().expect("a line").expect("UTF-8");
        let port = line.strip_prefix(prefix).expect("the ready line");
        port.parse().expect("a port")
    };
    let (devices, portal) =
        (port("listening https://localhost:"), port("portal https://localhost:"));
    assert_ne!(devices, portal);
    for port in [devices, portal] {
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(), "{port}");
    }
    child.kill().expect("ended");
    child.wait().expect("ended");
}

#[test]
fn wrong_arguments_are_named_and_change_nothing() {
    let (folder, path, place) = begin();
    let path = &path;
    let check = |path: &Path, arguments: &[&str], input: &str, expected: &str| {
        let (ok, printed, told) = output(&run(path, &place, arguments, input));
        assert!(!ok && printed.is_empty() && told.contains(expected), "{told}");
        assert!(!told.contains("s3cret"), "{told}");
    };
    let account = |user| ["account", "--facility", FACILITY, "--user", user];
    check(path, &["account", "--facility", "131", "--user", USER], "s3cret\n", "ten digits");
    check(path, &account("a b"), "s3cret\n", "user_id must be");
    check(path, &account(USER), "", "password must be");
    check(path, &account(USER), "s3cret\u{7}\n", "password must be");
    check(path, &["code", "--facility", "x"], "", "ten digits");
    check(path, &["revoke", "--code", "000000000000"], "", "no such activation code");
    check(path, &["revoke", "--device", "x"], "", "no such device");
    check(path, &["revoke"], "", "required");
    check(path, &["serve", "--office", "/nowhere"], "", "user-auth-ca.pem");
    check(path, &["serve", "--consents", "limit"], "", "medication, treatment, checkup");
    check(path, &["serve", "--listen", "192.0.2.1:1"], "", "cannot listen");
    let code = |address| ["code", "--facility", FACILITY, "--database", address];
    check(path, &code("postgres://a:s3cret@db/x"), "", "must not hold a password");
    check(path, &code("mysql://db/x"), "", "--database must be like");
    check(path, &code("postgres:///x?host=/nowhere"), "", "database cannot be opened");
    let portal = ["serve", "--listen", "127.0.0.1:0", "--portal", "192.0.2.1:1"];
    check(path, &portal, "", "address of --portal");
    let open = folder.path().join("open");
    fs::create_dir(&open).expect("made");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).expect("opened");
    check(&open, &["code", "--facility", FACILITY], "", "others may look into it");
    assert_eq!(fs::read_dir(&open).expect("there").count(), 0);
}

#[test]
fn the_journal_says_at_the_start_how_cards_are_checked_by_photo() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let place = Place::new(&folder.path().join("gateway"));
    let start = |office: &[&str]| {
        let mut child = Command::new(PROGRAM)
            .args(["serve", "--listen", "127.0.0.1:0", "--consents", "medication", "--folder"])
            .arg(folder.path().join("gateway"))
            .args(office)
            .args(place.arguments())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&log).expect("made"))
            .spawn()
            .expect("started");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        child.kill().expect("ended");
        child.wait().expect("ended");
        fs::read_to_string(&log).expect("a log")
    };
    let told = start(&["--office", office().to_str().expect("UTF-8")]);
    assert!(told.contains("simulated external authentication"), "{told}");
    let told = start(&[]);
    assert!(told.contains("visual checks are refused: no --office was given"), "{told}");
    let bare = folder.path().join("bare");
    fs::create_dir(&bare).expect("made");
    fs::copy(office().join("user-auth-ca.pem"), bare.join("user-auth-ca.pem")).expect("copied");
    let told = start(&["--office", bare.to_str().expect("UTF-8")]);
    assert!(told.contains("terminal-key.pem is missing"), "{told}");
}

#[test]
fn the_people_are_listed() {
    let output = Command::new(PROGRAM).arg("people").output().expect("ended");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success());
    assert!(text.starts_with("5001  shikaku-taro "), "{text}");
    assert!(text.lines().count() >= 24, "{text}");
}

/// Serves under limits of the shell's; gives how many files it may open, and what it told.
fn limited(limit: &str) -> (u64, String) {
    let (_folder, folder, place) = begin();
    let mut child = Command::new("sh")
        .args(["-c", &format!("ulimit {limit} && exec \"$0\" \"$@\""), PROGRAM, "serve"])
        .args(["--listen", "127.0.0.1:0", "--folder"])
        .arg(&folder)
        .args(place.arguments())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    assert!(line.starts_with("listening "), "{line}");
    let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).expect("running");
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = limit.and_then(|it| it.split_whitespace().next()?.parse().ok());
    child.kill().expect("it can be ended");
    let told = child.wait_with_output().expect("ended").stderr;
    (soft.expect("a number"), String::from_utf8(told).expect("UTF-8"))
}

#[test]
fn it_takes_the_files_that_it_may_have_and_says_when_they_are_too_few() {
    let (files, told) = limited("-S -n 300");
    assert!(files > 1000 && !told.contains("open files"), "{files}: {told}");
    let (files, told) = limited("-n 300");
    assert!(files == 300 && told.contains("the system allows 300 open files"), "{files}: {told}");
}
