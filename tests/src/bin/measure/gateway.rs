//! The gateway under the checks of several devices at once. Each check is opened, signed by
//! the virtual card as a card does it, and proven; the signatures are not timed.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use kiosk_gateway::{GatewayName, Id, proof::digest};
use rcgen::{CertificateParams, KeyPair};
use reader_virtual::VirtualCard;
use serde_json::{Value, json};

use crate::{
    Outcome,
    https::{Gateway, Line},
    number,
};

const CARD: &str = "shikaku-taro";
const PIN: &[u8; 4] = b"1234";

/// A registered device on its connection.
struct Device {
    line: Line,
    id: Id,
    gateway: GatewayName,
    session: String,
}

/// An open check, and then its proof.
struct Check {
    id: Id,
    challenge: [u8; 32],
    proof: Value,
}

/// What a thread of the load hands back.
type Done<T> = Result<T, String>;

/// See `main`; the words behind `gateway`.
pub(crate) fn measure(words: &[&str]) -> Outcome<()> {
    let [url, ca, office, rounds, checks, facility, user, password, codes @ ..] = words else {
        return Err("URL CA OFFICE ROUNDS CHECKS FACILITY USER PASSWORD CODE…".into());
    };
    let gateway = Gateway::new(url, Path::new(ca))?;
    let account = [*facility, *user, *password];
    let mut devices = codes
        .iter()
        .map(|code| Device::register(&gateway, &account, code))
        .collect::<Outcome<Vec<_>>>()?;
    let checks: usize = number(checks)?;
    let mut card = VirtualCard::load(Path::new(office), CARD)?;
    let certificate = std::fs::read(Path::new(office).join("cards").join(CARD).join("auth.der"))?;
    let certificate = BASE64_STANDARD.encode(certificate);
    for _ in 0..number::<usize>(rounds)? {
        let (mut opened, opening) = side_by_side(&mut devices, |device, _| {
            (0..checks).map(|_| device.open()).collect::<Outcome<Vec<_>>>()
        })?;
        for (device, checks) in devices.iter().zip(&mut opened) {
            for check in checks {
                check.sign(device, &mut card, &certificate)?;
            }
        }
        let (_, proving) = side_by_side(&mut devices, |device, at| {
            opened[at].iter().try_for_each(|check| device.prove(check))
        })?;
        let count = (checks * devices.len()) as f64;
        println!("{:.1}", count / (opening + proving).as_secs_f64());
    }
    Ok(())
}

/// Lets every device work at the same time; gives what came of it, and how long it took.
fn side_by_side<T: Send>(
    devices: &mut [Device],
    work: impl Fn(&mut Device, usize) -> Outcome<T> + Sync,
) -> Outcome<(Vec<T>, Duration)> {
    let began = Instant::now();
    let work = &work;
    let done: Done<Vec<T>> = thread::scope(|scope| {
        let each = devices.iter_mut().enumerate().map(|(at, device)| {
            scope.spawn(move || work(device, at).map_err(|error| error.to_string()))
        });
        let threads: Vec<_> = each.collect();
        threads
            .into_iter()
            .map(|it| it.join().unwrap_or_else(|_| Err("a device fell".to_owned())))
            .collect()
    });
    Ok((done?, began.elapsed()))
}

impl Device {
    /// Through the real `POST /v1/devices`.
    fn register(gateway: &Gateway, account: &[&str; 3], code: &str) -> Outcome<Self> {
        let key = KeyPair::generate()?;
        let csr = CertificateParams::new(vec![])?.serialize_request(&key)?.pem()?;
        let mut stranger = gateway.connect(None)?;
        let terms: Value = serde_json::from_slice(&stranger.get("/v1/terms")?)?;
        let [facility, user, password] = account;
        let asked = json!({
            "facility_code": facility,
            "user_id": user,
            "password": password,
            "activation_code": code,
            "terms_version": terms["version"],
            "csr": csr,
            "serial": "SK-LOAD",
            "station_mode": "attended",
        });
        let answer = stranger.post("/v1/devices", None, &asked, 201)?;
        let answer: Value = serde_json::from_slice(&answer)?;
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        let chain = text("certificate_chain");
        let line = gateway.connect(Some((&chain, key.serialize_der())))?;
        let id = Id::try_from(text("device_id")).map_err(|_| "no device id")?;
        let gateway = GatewayName::try_from(text("gateway_name")).map_err(|_| "no name")?;
        Ok(Self { line, id, gateway, session: text("session") })
    }

    fn open(&mut self) -> Outcome<Check> {
        let asked = json!({ "method": "pin", "token_kind": "card" });
        let answer = self.line.post("/v1/checks", Some(&self.session), &asked, 201)?;
        let answer: Value = serde_json::from_slice(&answer)?;
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        let challenge = BASE64_STANDARD.decode(text("challenge"))?;
        let challenge = challenge.try_into().map_err(|_| "no challenge of 32 bytes")?;
        let id = Id::try_from(text("check_id")).map_err(|_| "no check id")?;
        Ok(Check { id, challenge, proof: Value::Null })
    }

    fn prove(&mut self, check: &Check) -> Outcome<()> {
        let path = format!("/v1/checks/{}/proof", check.id.as_str());
        let answer = self.line.post(&path, Some(&self.session), &check.proof, 200)?;
        let told = String::from_utf8_lossy(&answer);
        match told.contains(check.id.as_str()) {
            true => Ok(()),
            false => Err("the answer belongs to another check".into()),
        }
    }
}

impl Check {
    /// As a card is asked: application, PIN, key, signature.
    fn sign(&mut self, device: &Device, card: &mut VirtualCard, certificate: &str) -> Outcome<()> {
        let digest = digest(&device.gateway, &device.id, &self.id, &self.challenge);
        card.power_on();
        let mut send = |command: &[u8]| match card.transmit(command).as_slice() {
            [data @ .., 0x90, 0x00] => Ok(data.to_vec()),
            _ => Err("the virtual card refused"),
        };
        send(&[&[0x00, 0xA4, 0x04, 0x0C, 0x0A], &card::jpki::AID[..]].concat())?;
        send(&[0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x18])?;
        send(&[&[0x00, 0x20, 0x00, 0x80, 0x04], &PIN[..]].concat())?;
        send(&[0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x17])?;
        let info = [&card::jpki::SHA256_DIGEST_INFO[..], &digest].concat();
        let signature =
            send(&[&[0x80, 0x2A, 0x00, 0x80, info.len() as u8], &info[..], &[0x00]].concat())?;
        card.power_off();
        self.proof = json!({
            "token_kind": "card",
            "certificate": certificate,
            "signature": BASE64_STANDARD.encode(signature),
            "consents": [],
        });
        Ok(())
    }
}
