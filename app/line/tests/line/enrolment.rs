//! Registering a device: what is kept before it is sent, and what a repeat does.

use std::{fs, io::Write, sync::Arc};

use kiosk_core::{Consent, Consents, LineStatus};
use kiosk_line::enrol::{Details, EnrolError, Enrolled, enrol};
use kiosk_process::words::LineReport;

use crate::{
    bench::{Bench, DEVICE, Line, TOKEN, good, good_but},
    server::{Handler, Heard, Server, json, problem},
};

fn details() -> Details {
    Details {
        facility: "1310000001".to_owned(),
        user: "kiosk01".to_owned(),
        code: Some("123456789012".to_owned()),
        serial: "SK-000001".to_owned(),
        terms: None,
        station: None,
    }
}

fn run(bench: &Bench, server: &Server) -> Result<Enrolled, EnrolError> {
    enrol(&bench.settings(server), &details(), "SECRET password")
}

fn request(heard: &Heard) -> String {
    let body: serde_json::Value = serde_json::from_str(&heard.body).expect("JSON");
    body["csr"].as_str().expect("a request").to_owned()
}

fn register(bench: &Bench, heard: &Heard, out: &mut dyn Write) -> bool {
    let body = serde_json::json!({
        "device_id": DEVICE,
        "gateway_name": "reference-gateway",
        "certificate_chain": bench.office.device(&request(heard)),
        "session": TOKEN,
        "account_authority": "general",
        "consents": ["checkup", "a newer one"],
        "notices": [],
    });
    json(out, 201, &body.to_string())
}

/// Registers all but the first so many, which it treats as `bad` says.
fn registering(
    bench: &Arc<Bench>,
    first: usize,
    bad: fn(&Bench, &Heard, &mut dyn Write) -> bool,
) -> Handler {
    let office = Arc::clone(bench);
    good_but("POST /v1/devices", move |before, heard, out| match before < first {
        true => bad(&office, heard, out),
        false => register(&office, heard, out),
    })
}

#[test]
fn a_device_is_registered_and_serves() {
    let bench = Arc::new(Bench::new());
    let server = bench.server(registering(&bench, 0, |_, _, _| false));
    let enrolled = run(&bench, &server).expect("registered");
    assert_eq!((enrolled.device_id.as_str(), enrolled.is_simulator), (DEVICE, true));

    let asked = &server.heard("POST /v1/devices")[0];
    assert!(!asked.with_certificate && !asked.headers.contains("authorization"));
    let body: serde_json::Value = serde_json::from_str(&asked.body).expect("JSON");
    assert_eq!(body["terms_version"], "2026-11-01");
    assert_eq!(body["station_mode"], "unattended");
    assert_eq!(body["password"], "SECRET password");

    let line = Line::start(bench.settings(&server));
    let LineReport::Offers(offers) = line.any_report() else { panic!("not first of all") };
    assert_eq!(offers, Consents::NONE.with(Consent::Checkup));
    assert_eq!(line.status(), LineStatus::Up { simulator: true });
    line.close();
    assert!(server.heard("GET /v1/notices")[0].with_certificate);
}

#[test]
fn twice_is_the_same_device_by_the_same_request() {
    let bench = Arc::new(Bench::new());
    let server = bench.server(registering(&bench, 0, |_, _, _| false));
    run(&bench, &server).expect("registered");
    run(&bench, &server).expect("registered again");
    let asked = server.heard("POST /v1/devices");
    assert_eq!(request(&asked[0]), request(&asked[1]));
}

#[test]
fn a_lost_answer_burns_no_code() {
    let bench = Arc::new(Bench::new());
    let server = bench.server(registering(&bench, 1, |bench, _, _| {
        // As a power cut at this moment would leave it.
        let (state, kept) = (bench.folder.path().join("state"), bench.folder.path().join("kept"));
        fs::create_dir(&kept).expect("made");
        for name in ["device-key.pem", "device.json"] {
            fs::copy(state.join(name), kept.join(name)).expect("there before anything is sent");
        }
        false
    }));
    let problem = run(&bench, &server).expect_err("the answer is lost").to_string();
    assert!(problem.contains("connection broke"), "{problem}");
    let (state, kept) = (bench.folder.path().join("state"), bench.folder.path().join("kept"));
    fs::remove_dir_all(&state).expect("removed");
    fs::rename(&kept, &state).expect("the state of that moment");
    run(&bench, &server).expect("registered");
    let asked = server.heard("POST /v1/devices");
    assert_eq!(request(&asked[0]), request(&asked[1]));
}

// seed 65-78
#[test]
fn a_refusal_says_what_to_do() {
    let bench = Arc::new(Bench::new());
    let server = bench.server(registering(&bench, 1, |_, _, out| problem(out, 403, "code-used")));
    let problem = run(&bench, &server).expect_err("refused").to_string();
    assert!(problem.contains("the activation code is used already: use another one"), "{problem}");
}

#[test]
fn a_certificate_for_another_key_is_not_kept() {
    let bench = Arc::new(Bench::new());
    let server = bench.server(registering(&bench, 1, |bench, _, out| {
        let other = kiosk_line::key::FileKey::generate().expect("a key");
        let csr = kiosk_line::key::certificate_request(&other).expect("a request");
        let body = serde_json::json!({ "csr": csr }).to_string();
        let heard = Heard { body, ..Heard::default() };
        register(bench, &heard, out)
    }));
    let problem = run(&bench, &server).expect_err("of no use").to_string();
    assert!(problem.contains("for another key"), "{problem}");
    assert!(bench.state().device().expect("readable").expect("there").registered.is_none());
}

#[test]
fn a_damaged_state_is_left_alone() {
    let bench = Arc::new(Bench::new());
    let server = bench.server(Arc::new(good));
    let file = bench.folder.path().join("state/device.json");
    fs::create_dir(bench.folder.path().join("state")).expect("made");
    fs::write(&file, b"{\"version\": 1, \"cs").expect("written");
    let problem = run(&bench, &server).expect_err("damaged").to_string();
    assert!(problem.contains("device.json is damaged: restore it"), "{problem}");
    assert_eq!(fs::read(&file).expect("readable"), b"{\"version\": 1, \"cs");
    assert!(server.heard("").is_empty());
}

#[test]
fn nothing_on_the_disk_is_a_password() {
    let bench = Arc::new(Bench::new());
    let server = bench.server(registering(&bench, 0, |_, _, _| false));
    run(&bench, &server).expect("registered");
    let folder = fs::read_dir(bench.folder.path().join("state")).expect("listed");
    let mut files = 0;
    for file in folder {
        let text = fs::read_to_string(file.expect("listed").path()).expect("text");
        assert!(!text.contains("SECRET password") && !text.contains("123456789012"));
        files += 1;
    }
    assert_eq!(files, 2);
}
