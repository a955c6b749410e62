//! A thousand devices at one gateway, a program of its own, each with a connection that stays
//! open: what is stopped at the portal ends, and nobody else notices. Its figures are shown
//! with `--nocapture`.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use rcgen::KeyPair;
use tokio::task::JoinSet;

use super::browser::{Browser, administrator, portal};
use crate::bench::{Bench, Device, FACILITY, Line, quick_hash, registration};

const DEVICES: usize = 1000;
/// Of them, those of another account.
const WARD: usize = 20;
const WARD_USER: &str = "ward2";
/// What is done at once.
const LANES: usize = 8;
/// The gateway gives a connection up on which nothing is asked for a minute.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// A connection ends within a second; more is the machine's.
const END_PATIENCE: Duration = Duration::from_secs(20);
/// Of the gateway's memory. Some 35 are usual.
const KIB_A_CONNECTION: u64 = 256;

/// Where a form goes, and its fields.
type Filled<'a> = (&'a str, &'a [(&'a str, &'a str)]);

/// The gateway as a program; it ends with this value.
struct Program(Child);

impl Program {
    /// Beside the bench's own, on the same database; the bench's devices and browsers go there.
    fn start(bench: &mut Bench) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_reference-gateway"))
            .args(["serve", "--listen", "127.0.0.1:0", "--portal", "127.0.0.1:0", "--folder"])
            .arg(bench.folder())
            .args(bench.place.arguments())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        let mut said = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut port = |told: &str| {
            let line = said.next().expect("a line").expect("text");
            let port = line.strip_prefix(told).and_then(|port| port.parse().ok());
            port.unwrap_or_else(|| panic!("{line}"))
        };
        bench.port = port("listening https://localhost:");
        bench.portal = port("portal https://localhost:");
        Self(child)
    }

    /// What it has in memory, in KiB.
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).expect("running");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A device, and its one connection.
struct Caller {
    device: Device,
    line: Line,
}

impl Caller {
    async fn call(&mut self) -> Duration {
        let began = Instant::now();
        self.line.get("/v1/notices", Some(&self.device.session)).await.expect(200);
        began.elapsed()
    }

    /// Waits, silent, until its connection ends.
    async fn end(&mut self) {
        let began = Instant::now();
        while !self.line.is_closed().await {
            assert!(began.elapsed() < END_PATIENCE, "the connection of {} stays", self.device.id);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// For as many connections as there are devices.
fn allow_files() {
    let wanted = DEVICES as u64 + 200;
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("asked");
    assert!(hard >= wanted, "this test opens {wanted} files, and the hard limit is {hard}");
    setrlimit(Resource::RLIMIT_NOFILE, soft.max(wanted), hard).expect("within the hard limit");
}

/// Devices of one account, one for each code.
async fn register(bench: Arc<Bench>, user: &'static str, codes: Vec<String>) -> Vec<Device> {
    let mut line = bench.stranger().await;
    let mut devices = Vec::new();
    for code in codes {
        let key = KeyPair::generate().expect("a key");
        let mut asked = registration(&code, &key);
        asked["user_id"] = user.into();
        let answer = line.post("/v1/devices", None, &asked).await;
        answer.expect(201);
        devices.push(Device::new(&answer, key));
    }
    devices
}

/// Connects the devices; each makes a call at once, and others that may not be silent so long.
async fn connect(bench: Arc<Bench>, devices: Vec<Device>) -> Vec<Caller> {
    let mut callers: Vec<Caller> = Vec::new();
    let mut heard = Instant::now();
    for device in devices {
        let mut caller = Caller { line: bench.line(&device).await, device };
        caller.call().await;
        callers.push(caller);
        if heard.elapsed() > HEARTBEAT {
            for caller in &mut callers {
                caller.call().await;
            }
            heard = Instant::now();
        }
    }
    callers
}

/// Does something in all lanes at once.
async fn in_lanes<T, U, F>(lanes: Vec<T>, mut act: impl FnMut(T) -> F) -> Vec<U>
where
    F: Future<Output = U> + Send + 'static,
    U: Send + 'static,
{
    let mut tasks = JoinSet::new();
    for (at, lane) in lanes.into_iter().enumerate() {
        let done = act(lane);
        tasks.spawn(async move { (at, done.await) });
    }
    let mut all = tasks.join_all().await;
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, it)| it).collect()
}

/// Everybody makes a call on the connection of before; gives the slowest.
async fn everybody_calls(lanes: &mut Vec<Vec<Caller>>) -> Duration {
    let done = in_lanes(std::mem::take(lanes), |mut lane| async move {
        let mut slowest = Duration::ZERO;
        for caller in &mut lane {
            slowest = slowest.max(caller.call().await);
        }
        (lane, slowest)
    });
    let (callers, slowest): (Vec<_>, Vec<_>) = done.await.into_iter().unzip();
    *lanes = callers;
    slowest.into_iter().max().expect("somebody")
}

/// The portal takes this form; then these connections end, and the others' do not. Gives the
/// figures.
async fn stop(
    (told, bench): (&str, &Bench),
    (browser, page, form): (&mut Browser, &str, Filled<'_>),
    mut stopped: Vec<Caller>,
    lanes: &mut Vec<Vec<Caller>>,
) -> String {
    browser.get(page).await;
    browser.submit(form.0, form.1).await;
    let began = Instant::now();
    for caller in &mut stopped {
        caller.end().await;
    }
    let ended = began.elapsed();
    let slowest = everybody_calls(lanes).await;
    for Caller { device, .. } in &stopped {
        let mut line = bench.line(device).await;
        line.get("/v1/notices", Some(&device.session)).await.refused(403, "device-unknown");
    }
    let (stopped, others) = (stopped.len(), lanes.iter().map(Vec::len).sum::<usize>());
    format!(
        "{told}: {stopped} ended after {ended:.0?}; slowest call of the {others} others {slowest:.0?}"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_devices_do_not_notice_that_another_is_stopped() {
    allow_files();
    let mut bench = portal().await;
    for user in [crate::bench::USER, WARD_USER] {
        let change = |it: &mut reference_gateway::store::Account| {
            (it.user_id, it.password_hash) = (user.to_owned(), quick_hash());
        };
        bench.put_account(change).await;
    }
    // Before the program has the database.
    let mut codes = Vec::new();
    for _ in 0..DEVICES {
        codes.push(bench.code().await);
    }
    let program = Program::start(&mut bench);
    let bench = Arc::new(bench);

    let wards = codes.split_off(DEVICES - WARD);
    let code = codes[1].clone();
    let lanes = codes.chunks(codes.len().div_ceil(LANES)).map(<[String]>::to_vec).collect();
    let registering = in_lanes(lanes, |codes| register(bench.clone(), crate::bench::USER, codes));
    let mut devices = registering.await;
    devices.insert(0, register(bench.clone(), WARD_USER, wards).await);
    let before = program.memory();
    let began = Instant::now();
    let mut lanes = in_lanes(devices, |lane| connect(bench.clone(), lane)).await;
    let elapsed = began.elapsed();
    let after = program.memory();
    let each = after.saturating_sub(before) / DEVICES as u64;
    println!(
        "{DEVICES} connections, and a call on each, in {elapsed:.1?}; the gateway has {before} KiB \
         before and {after} KiB after: {each} KiB a connection"
    );
    assert!(each < KIB_A_CONNECTION, "{each} KiB a connection");
    println!("slowest call of {DEVICES}: {:.0?}", everybody_calls(&mut lanes).await);

    let mut browser = administrator(&bench, FACILITY).await;
    let stopped = lanes[1].remove(0);
    let page = format!("/devices/{}/stop", stopped.device.id);
    let at_the_page = (&mut browser, &*page, (&*page, &[][..]));
    let told = ("a device is stopped", &*bench);
    println!("{}", stop(told, at_the_page, vec![stopped], &mut lanes).await);

    let stopped = lanes[1].remove(0);
    let form = [("code", &*code)];
    let at_the_page = (&mut browser, "/codes", ("/codes/invalidate", &form[..]));
    let told = ("a code is invalidated", &*bench);
    println!("{}", stop(told, at_the_page, vec![stopped], &mut lanes).await);

    let ward = lanes.remove(0);
    let page = format!("/accounts/{WARD_USER}/stop");
    let at_the_page = (&mut browser, &*page, (&*page, &[][..]));
    let told = ("an account is stopped", &*bench);
    println!("{}", stop(told, at_the_page, ward, &mut lanes).await);
}
