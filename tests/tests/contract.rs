//! The reference gateway keeps its contract, whoever asks for what: schemathesis makes
//! requests of every kind out of openapi.yaml, good ones and broken ones, and compares what
//! comes back. No answer is a server's error, and none is another than the document says.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;
use whole::{Gateway, Pcscd, Station, programs};

/// Calls after which the device has no session any more, or may not open one again.
const ENDS: &str = "^(removeDevice|logIn|logOut)$";
/// Whether what is well formed is also right, only we can know: a password, a code, a card.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
     response_headers_conformance,response_schema_conformance,negative_data_rejection,\
     unsupported_method,allow_header_conformance,ignored_auth";
/// The same requests at every run.
const SEED: &str = "2026";
/// Of each call, beside those that come straight from its schema.
const EXAMPLES: &str = "40";

/// A gateway, and what a device that registered there has.
struct Registered {
    gateway: Gateway,
    _pcscd: Pcscd,
    certificate: PathBuf,
    key: PathBuf,
    session: String,
    folder: TempDir,
}

impl Registered {
    fn new() -> Self {
        // Short: a Unix socket's path has at most 108 bytes.
        let folder = tempfile::Builder::new().prefix("sk").tempdir().expect("a folder");
        let pcscd = Pcscd::start(&folder.path().join("p"));
        let gateway = Gateway::start(&folder.path().join("g"), &pcscd.office());
        let kiosk = folder.path().join("k");
        Station::prepare(&kiosk, &gateway);
        let state = kiosk.join("state");
        let device = fs::read(state.join("device.json")).expect("it registered");
        let device: Value = serde_json::from_slice(&device).expect("JSON");
        let text = |name: &str| device["registered"][name].as_str().expect("a text").to_owned();
        let certificate = folder.path().join("device.pem");
        fs::write(&certificate, text("certificate_chain")).expect("written");
        let (key, session) = (state.join("device-key.pem"), text("session"));
        Self { gateway, _pcscd: pcscd, certificate, key, session, folder }
    }

    /// Asks for everything, as `who` says.
    #[track_caller]
    fn ask(&self, told: &str, who: impl FnOnce(&mut Command)) {
        let ca = self.folder.path().join("ca.pem");
        fs::write(&ca, self.gateway.ca_pem()).expect("written");
        let mut command = Command::new(schemathesis());
        command.current_dir(self.folder.path());
        command.arg("run").arg(document()).args(["--url", self.gateway.url()]);
        command.arg("--tls-verify").arg(&ca);
        command.args(["--checks", CHECKS, "--seed", SEED, "--max-examples", EXAMPLES]);
        command.args(["--continue-on-failure", "--no-color", "--warnings", "off"]);
        // Who is refused before everything was sent may find the line closed, and ask again.
        command.args(["--request-retries", "3"]);
        who(&mut command);
        let output = command.output().expect("it runs");
        assert!(output.status.success(), "{told}:\n{}", words(&output));
        // That many say nothing of a run that asked for nothing.
        assert!(cases(&output) > 50, "{told}:\n{}", words(&output));
    }

    /// With the device's certificate and its session.
    fn as_the_device(&self, command: &mut Command) {
        command.arg("--request-cert").arg(&self.certificate);
        command.arg("--request-cert-key").arg(&self.key);
        command.args(["--header", &format!("Authorization: Bearer {}", self.session)]);
    }
}

/// `cargo tools test` installs it.
fn schemathesis() -> PathBuf {
    let target = programs::folder().parent().expect("the target folder").to_owned();
    let program = target.join("python/bin/schemathesis");
    assert!(program.exists(), "{} is missing: run `cargo tools test` first", program.display());
    program
}

fn document() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/gateway/openapi.yaml")
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// How many requests it says it made: `799 generated`.
fn cases(output: &Output) -> u32 {
    let said = words(output);
    let mut before = "";
    for word in said.split_whitespace() {
        if word.trim_end_matches(',') == "generated" {
            return before.replace(',', "").parse().unwrap_or(0);
        }
        before = word;
    }
    0
}

#[test]
fn a_device_is_answered_as_the_contract_says_whatever_it_asks() {
    let registered = Registered::new();
    registered.ask("a device", |command| {
        registered.as_the_device(command);
        command.args(["--exclude-operation-id-regex", ENDS]);
    });
    registered.ask("what ends a session", |command| {
        registered.as_the_device(command);
        command.args(["--include-operation-id-regex", ENDS]);
        // A device that has just removed itself is nobody, with or without its session.
        command.args(["--exclude-checks", "ignored_auth"]);
    });
}

#[test]
fn nobody_is_answered_as_the_contract_says_whatever_is_asked() {
    let registered = Registered::new();
    registered.ask("nobody", |command| {
        // A stranger's journal is refused before all of it was sent: the line may end first.
        command.args(["--exclude-operation-id", "tellJournal"]);
    });
}
