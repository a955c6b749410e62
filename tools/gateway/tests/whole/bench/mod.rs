//! A gateway that runs in this test, and what it takes to talk to it.

mod card;
mod forge;
mod line;
mod visual;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use rcgen::{CertificateParams, KeyPair};
use reference_gateway::{
    accounts,
    ca::Authority as Ca,
    clock::{Clock, ManualClock},
    codes,
    consents::Consents,
    folder::Folder,
    gateway::{Gateway, Limits},
    serve::Server,
    store::{Account, Authority, Store},
};
use serde_json::{Value, json};
use sqlx::AnyPool;
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};
use tokio::sync::oneshot;

pub(crate) use self::{
    card::{Card, PhotoCard},
    forge::{Forge, Plan, TEST_POLICY, ca, issued, message, office, proof},
    line::{Answer, Line, connect, connect_to},
    visual::{REAL_LENGTH, Visual, certificate, commands, last, plan, turn},
};
use crate::place::Place;

pub(crate) const FACILITY: &str = "1310000001";
pub(crate) const USER: &str = "kiosk01";
pub(crate) const PASSWORD: &str = "Kiosk-2026!";
pub(crate) const TERMS: &str = "2026-11-01";

/// A running gateway with one account; it ends with this value.
pub(crate) struct Bench {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Store,
    folder: Arc<TempDir>,
    pub(crate) place: Arc<Place>,
    /// The name of the CA's file.
    ca: String,
    pub(crate) port: u16,
    /// Where the portal listens.
    pub(crate) portal: u16,
    _end: oneshot::Sender<()>,
}

/// A registered device, as it knows itself.
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) session: String,
    pub(crate) chain: String,
    pub(crate) key: KeyPair,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::start_with(Limits::default()).await
    }

    pub(crate) async fn start_with(limits: Limits) -> Self {
        Self::begin(office(), |gateway| gateway.limits = limits).await
    }

    /// Whose devices are offered these consents.
    pub(crate) async fn start_offering(consents: &str) -> Self {
        let consents: Consents = consents.parse().expect("consents");
        Self::begin(office(), |gateway| gateway.offered = consents).await
    }

    /// Whose cards come from `office`.
    pub(crate) async fn start_at(office: &Path) -> Self {
        Self::begin(office, |_| {}).await
    }

    async fn begin(office: &Path, change: impl FnOnce(&mut Gateway)) -> Self {
        // The client's TLS looks at the machine's clock, so ours begins there.
        let clock = Arc::new(ManualClock::new(OffsetDateTime::now_utc()));
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        let path = folder.path().join("gateway");
        Folder::open(&path).expect("made");
        let place = Arc::new(Place::new(&path));
        let bench = Self::begin_in((folder, place), "ca.pem", clock, office, change).await;
        bench.put_account(|_| {}).await;
        bench
    }

    /// The same gateway after a restart with its next CA.
    pub(crate) async fn change_ca(self) -> Self {
        let Self { clock, store, folder, place, _end: end, .. } = self;
        drop(end);
        store.close().await;
        let opened = Folder::open(&folder.path().join("gateway")).expect("opened");
        let ca = Ca::change(&opened, clock.now()).expect("changed");
        let ca = Path::new(&ca).file_name().and_then(|name| name.to_str()).expect("a name");
        Self::begin_in((folder, place), ca, clock, office(), |_| {}).await
    }

    /// A further gateway on the same database, with the same CA, at the same time.
    pub(crate) async fn beside(&self) -> Self {
        let (place, clock) = ((self.folder.clone(), self.place.clone()), self.clock.clone());
        Self::begin_in(place, &self.ca, clock, office(), |_| {}).await
    }

    async fn begin_in(
        (folder, place): (Arc<TempDir>, Arc<Place>),
        ca: &str,
        clock: Arc<ManualClock>,
        office: &Path,
        change: impl FnOnce(&mut Gateway),
    ) -> Self {
        let opened = Folder::open(&folder.path().join("gateway")).expect("opened");
        let database = place.database();
        let gateway = Gateway::open(&opened, &database, Some(office), clock.clone()).await;
        let mut gateway = gateway.expect("a gateway");
        // What ends is refused at its next call: it does not end before.
        gateway.vigilance = std::time::Duration::from_secs(3600);
        change(&mut gateway);
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let listen = "127.0.0.1:0".parse().expect("an address");
        let server = Server::bind(gateway, listen, &names).await.expect("bound");
        let server = server.with_portal(listen).await.expect("bound");
        let port = server.address().expect("an address").port();
        let portal = server.portal_address().expect("an address").expect("a portal").port();
        let store = server.gateway().store.clone();
        let (end, ended) = oneshot::channel::<()>();
        tokio::spawn(server.run(async {
            // Dropped with the bench.
            let _ = ended.await;
        }));
        Self { clock, store, folder, place, ca: ca.to_owned(), port, portal, _end: end }
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now().unix_timestamp()
    }

    pub(crate) fn step(&self, by: Duration) {
        self.clock.step(by);
    }

    /// The gateway's CA, as kiosks pin it.
    pub(crate) fn ca(&self) -> String {
        let file = self.folder().join(&self.ca);
        std::fs::read_to_string(file).expect("its certificate")
    }

    /// The gateway's folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().join("gateway")
    }

    /// The gateway's database, to look into.
    pub(crate) async fn database(&self) -> AnyPool {
        AnyPool::connect(&self.place.address()).await.expect("opened")
    }

    /// The usual account, changed.
    pub(crate) async fn put_account(&self, change: impl FnOnce(&mut Account)) {
        let mut account = Account {
            facility_code: FACILITY.to_owned(),
            user_id: USER.to_owned(),
            password_hash: accounts::hash(PASSWORD),
            authority: Authority::General,
            limited: false,
            function_enabled: true,
            has_logged_in: true,
        };
        change(&mut account);
        self.store.put_account(&account).await.expect("kept");
    }

    /// An activation code that can be used at once.
    pub(crate) async fn code(&self) -> String {
        codes::issue(&self.store, FACILITY, "bed 3", true, self.clock.now()).await.expect("a code")
    }

    /// A connection without a client certificate.
    pub(crate) async fn stranger(&self) -> Line {
        Line::open(self, None).await
    }

    /// A connection of a device.
    pub(crate) async fn line(&self, device: &Device) -> Line {
        Line::open(self, Some((&device.chain, &device.key))).await
    }

    /// The answer to a registration.
    pub(crate) async fn register(&self, asked: &Value) -> Answer {
        self.stranger().await.post("/v1/devices", None, asked).await
    }

    /// Registers a device, as a kiosk would.
    pub(crate) async fn enrol(&self) -> Device {
        self.enrol_with(&self.code().await).await.0
    }

    /// Registers a device with this code; gives what it asked for, too.
    pub(crate) async fn enrol_with(&self, code: &str) -> (Device, Value) {
        let key = KeyPair::generate().expect("a key");
        let asked = registration(code, &key);
        let answer = self.register(&asked).await;
        answer.expect(201);
        (Device::new(&answer, key), asked)
    }

    /// A device, its connection, and a check that it has opened.
    pub(crate) async fn opened(&self) -> (Device, Line, Check) {
        let device = self.enrol().await;
        let mut line = self.line(&device).await;
        let check = Check::open(&mut line, &device, "card").await;
        (device, line, check)
    }
}

impl Device {
    pub(crate) fn new(answer: &Answer, key: KeyPair) -> Self {
        let text = |name: &str| answer.json()[name].as_str().expect("text").to_owned();
        let (id, session) = (text("device_id"), text("session"));
        Self { id, session, chain: text("certificate_chain"), key }
    }
}

/// The usual password, hashed for tests that compare it a thousand times.
pub(crate) fn quick_hash() -> String {
    let params = Params::new(8, 1, 1, None).expect("small");
    let quick = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    quick.hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16]).expect("hashed").to_string()
}

/// An open check.
pub(crate) struct Check {
    pub(crate) id: String,
    pub(crate) challenge: String,
}

impl Check {
    /// By PIN, or by the phone that needs none.
    pub(crate) async fn open(line: &mut Line, device: &Device, token_kind: &str) -> Self {
        let method = if token_kind == "iphone" { "device" } else { "pin" };
        Self::open_by(line, device, method, token_kind).await
    }

    /// 目視
    pub(crate) async fn open_visual(line: &mut Line, device: &Device) -> Self {
        Self::open_by(line, device, "visual", "card").await
    }

    async fn open_by(line: &mut Line, device: &Device, method: &str, token_kind: &str) -> Self {
        let asked = json!({ "method": method, "token_kind": token_kind });
        let answer = line.post("/v1/checks", Some(&device.session), &asked).await;
        answer.expect(201);
        let text = |name: &str| answer.json()[name].as_str().expect("text").to_owned();
        Self { id: text("check_id"), challenge: text("challenge") }
    }

    pub(crate) fn path(&self) -> String {
        format!("/v1/checks/{}/proof", self.id)
    }

    pub(crate) fn relay_path(&self) -> String {
        format!("/v1/checks/{}/relay", self.id)
    }
}

/// A registration that is good, for tests to spoil.
pub(crate) fn registration(code: &str, key: &KeyPair) -> Value {
    json!({
        "facility_code": FACILITY,
        "user_id": USER,
        "password": PASSWORD,
        "activation_code": code,
        "terms_version": TERMS,
        "csr": request(key),
        "serial": "SK-000001",
        "station_mode": "attended",
    })
}

/// A CSR, PEM.
pub(crate) fn request(key: &KeyPair) -> String {
    let params = CertificateParams::new(vec![]).expect("no names");
    params.serialize_request(key).expect("a request").pem().expect("PEM")
}
