//! A pcscd, a gateway and a station of a test's own, and what every fault must leave
//! behind: its page, nothing of the person, and a next check that passes.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use kiosk_core::{
    Event, GatewayTrouble, Look, Screen, Shown, Trouble,
    result_page::{Banner, ResultPage},
    screen::Readiness,
};
use tempfile::TempDir;

use crate::{Gateway, Pcscd, STAFF_CODE, Station, Switch};

/// Whom the faults strike.
pub const PERSON: Holder =
    Holder { card: "shikaku-taro", pin: "1234", name: "資格　太郎", number: "12345678" };
/// Who comes next: other name, other PIN, other insurer.
pub const NEXT: Holder =
    Holder { card: "sato-hanako", pin: "2580", name: "佐藤　花子", number: "06139990" };

/// How long a card may still have power when its check is over.
const POWER_OFF: Duration = Duration::from_secs(1);

/// A person of the simulators.
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// The id of the virtual card.
    pub card: &'static str,
    pub pin: &'static str,
    pub name: &'static str,
    /// Of the insurer.
    pub number: &'static str,
}

impl Holder {
    /// What nobody may find afterwards. Four digits are not looked for: every log has some.
    fn secrets(&self) -> impl Iterator<Item = &'static str> {
        self.name.split('　').chain([self.number])
    }
}

/// Everything one test needs.
#[derive(Debug)]
pub struct Desk {
    pub pcscd: Pcscd,
    pub gateway: Gateway,
    pub station: Station,
    pub folder: TempDir,
}

impl Desk {
    /// With a line straight to the gateway.
    #[track_caller]
    pub fn new() -> Self {
        Self::offering("")
    }

    /// With a switch in the line, and `pins` (PEM) trusted beside the gateway's own CA.
    #[track_caller]
    pub fn with_a_switch(pins: &str) -> (Self, Switch) {
        let mut switch = None;
        let desk = Self::furnish(|folder, pcscd, gateway| {
            let line = switch.insert(Switch::start(gateway.port()));
            let both = gateway.ca_pem() + pins;
            let kiosk = folder.join("k");
            Station::prepare_at(&kiosk, gateway, &line.url(), &both);
            keep_trusting(&kiosk.join("state/device.json"), &both);
            Station::run(&kiosk, &pcscd.socket(), &[])
        });
        (desk, switch.expect("set while furnishing"))
    }

    /// The same, at a gateway that offers these consents.
    #[track_caller]
    pub fn offering(consents: &'static str) -> Self {
        let begin =
            |folder: &Path, office: &Path| Gateway::start_offering(folder, office, consents);
        Self::at_a_gateway(begin, |folder, pcscd, gateway| {
            Station::start(&folder.join("k"), gateway, &pcscd.socket())
        })
    }

    /// With a station that `start` starts in the folder it gets.
    #[track_caller]
    pub fn furnish(start: impl FnOnce(&Path, &Pcscd, &Gateway) -> Station) -> Self {
        Self::at_a_gateway(Gateway::start, start)
    }

    /// At the gateway that `begin` starts in a folder, for cards of an office.
    #[track_caller]
    pub(crate) fn at_a_gateway(
        begin: impl FnOnce(&Path, &Path) -> Gateway,
        start: impl FnOnce(&Path, &Pcscd, &Gateway) -> Station,
    ) -> Self {
        // Short: a Unix socket's path has at most 108 bytes.
        let folder = tempfile::Builder::new().prefix("sk").tempdir().expect("a folder");
        let pcscd = Pcscd::start(&folder.path().join("p"));
        let gateway = begin(&folder.path().join("g"), &pcscd.office());
        let station = start(folder.path(), &pcscd, &gateway);
        let desk = Self { pcscd, gateway, station, folder };
        desk.wait_ready();
        desk
    }

    /// 認証選択, and a check may begin.
    #[track_caller]
    pub fn wait_ready(&self) -> Shown {
        self.wait_readiness(Readiness::Ready)
    }

    #[track_caller]
    pub fn wait_readiness(&self, wanted: Readiness) -> Shown {
        let told = format!("認証選択, {wanted:?}");
        self.station.wait_for(&told, |it| readiness(it) == Some(wanted))
    }

    /// 次へ, OK, the PIN, 次へ.
    #[track_caller]
    pub fn up_to_the_card(&self, pin: &str) {
        self.up_to_the_pin();
        self.station.type_pin(pin);
        let there = |it: &Screen| !matches!(it, Screen::Pin { typed: 0..4, .. });
        self.station.wait_for("マイナンバーカードの読み取り", there);
    }

    /// 次へ, OK.
    #[track_caller]
    pub fn up_to_the_pin(&self) {
        self.station.touch(Event::Next);
        self.station.wait_for("確認メッセージ", |it| matches!(it, Screen::Confirm));
        self.station.touch(Event::Confirm);
        self.station.wait_for("暗証番号の入力", |it| matches!(it, Screen::Pin { .. }));
    }

    /// 今回だけ目視で, the staff code, 次へ: up to the card.
    #[track_caller]
    pub fn up_to_the_card_by_sight(&self) {
        self.station.touch(Event::Switch);
        self.station.wait_for("職員コードの入力", |it| matches!(it, Screen::Staff { .. }));
        self.station.type_pin(STAFF_CODE);
        self.station.wait_for("目視", |it| matches!(it, Screen::Compare));
        self.station.touch(Event::Next);
        let there = |it: &Screen| matches!(it, Screen::Card { .. });
        self.station.wait_for("マイナンバーカードの読み取り", there);
    }

    /// A check by sight up to where it ends.
    #[track_caller]
    pub fn check_by_sight(&self, card: &str) -> Shown {
        self.up_to_the_card_by_sight();
        self.pcscd.insert(card);
        self.ending()
    }

    /// A check up to where it ends.
    #[track_caller]
    pub fn check(&self, card: &str, pin: &str) -> Shown {
        self.up_to_the_card(pin);
        self.pcscd.insert(card);
        self.ending()
    }

    #[track_caller]
    pub fn ending(&self) -> Shown {
        let ends = |it: &Screen| {
            matches!(it, Screen::Result { .. } | Screen::Sorry { .. } | Screen::LastTry)
        };
        self.station.wait_for("an ending", ends)
    }

    /// Ends the line process, and waits until that was seen: the next one connects anew.
    #[track_caller]
    pub fn crash_line(&self) {
        let pages = self.station.pages();
        self.station.crash("kiosk-line");
        let lost = Some(Readiness::LineDown(GatewayTrouble::LineLost));
        self.station.wait_since(pages, "the line is lost", |it| readiness(it) == lost);
    }

    /// Takes the card, closes the page; the next patient can start.
    #[track_caller]
    pub fn next_patient(&self) {
        if !self.pcscd.status().starts_with("empty") {
            self.pcscd.remove();
        }
        self.station.touch(Event::Close);
        self.wait_may_begin();
    }

    /// 認証選択, and 次へ leads on: also while the line is down, it tries. A line process
    /// that ended comes back first.
    #[track_caller]
    pub fn wait_may_begin(&self) -> Shown {
        let may = |it: &Screen| match readiness(it) {
            Some(Readiness::LineDown(trouble)) => trouble != GatewayTrouble::LineLost,
            readiness => readiness == Some(Readiness::Ready),
        };
        self.station.wait_for("認証選択, and a check may begin", may)
    }

    /// What holds after every fault, whatever it was: the card has no power, the page
    /// closes to an empty 認証選択, and the next person gets the next person's result.
    /// `told` names the fault.
    #[track_caller]
    pub fn leaves_nothing(&self, told: &str) {
        self.wait_unpowered(told);
        self.next_patient();
        self.wrote_nothing_of(&[PERSON, NEXT], told);
        self.passes_for(NEXT, told);
    }

    /// No file and no log of the station holds any of these people.
    #[track_caller]
    pub fn wrote_nothing_of(&self, people: &[Holder], told: &str) {
        let files = files(&self.folder.path().join("k"));
        assert!(files.len() >= 4, "settings, state and two logs, not {files:?}");
        for file in files {
            // What is being written anew has another name a moment later.
            let Ok(bytes) = fs::read(&file) else { continue };
            let text = String::from_utf8_lossy(&bytes);
            for secret in people.iter().flat_map(Holder::secrets) {
                let file = file.display();
                assert!(!text.contains(secret), "{told}: {file} holds {secret}");
            }
        }
    }

    /// A whole check of `holder`, which must give `holder`'s result and no other.
    #[track_caller]
    pub fn passes_for(&self, holder: Holder, told: &str) {
        let shown = self.wait_may_begin();
        assert_eq!((shown.hurry, shown.look), (false, Look::default()), "{told}: 認証選択");
        let shown = self.check(holder.card, holder.pin);
        is_of(&shown, holder, told);
        self.wait_unpowered(told);
        let journal = self.pcscd.journal();
        assert_eq!(verifications(&journal), 1, "{told}: the next card heard {journal}");
        self.next_patient();
    }

    /// The card that lies on the reader, if any, has no power (and so no verified PIN). One
    /// that heard nothing yet may have some: pcscd asks it for its ATR, and waits 5 s.
    #[track_caller]
    pub fn wait_unpowered(&self, told: &str) {
        self.wait_unpowered_within(POWER_OFF, told);
    }

    /// As [`Desk::wait_unpowered`], where more than a second is right.
    #[track_caller]
    pub fn wait_unpowered_within(&self, patience: Duration, told: &str) {
        let end = Instant::now() + patience;
        loop {
            let status = self.pcscd.status();
            if !status.contains(" powered") || status.ends_with(" apdus=0") {
                return;
            }
            assert!(Instant::now() < end, "{told}: the card still has power: {status}");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Default for Desk {
    fn default() -> Self {
        Self::new()
    }
}

/// All files below `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

/// What 認証選択, or the page that stands for it, says; `None` on every other page.
pub fn readiness(screen: &Screen) -> Option<Readiness> {
    match screen {
        Screen::Ready { readiness, .. } => Some(*readiness),
        Screen::Outage { why, .. } => Some(*why),
        _ => None,
    }
}

/// # Panics
/// When it is no result.
#[track_caller]
pub fn page(shown: &Shown) -> &ResultPage {
    match &shown.screen {
        Screen::Result { page, .. } => page,
        other => panic!("no result: {other:?}"),
    }
}

/// # Panics
/// When it is no trouble.
#[track_caller]
pub fn trouble(shown: &Shown) -> Trouble {
    match shown.screen {
        Screen::Sorry { trouble, .. } => trouble,
        ref other => panic!("no trouble: {other:?}"),
    }
}

/// That it is the trouble's page, with the code for the telephone.
#[track_caller]
pub fn is_trouble(shown: &Shown, expected: impl Into<Trouble>, told: &str) {
    let (expected, shown) = (expected.into(), trouble(shown));
    assert_eq!((shown.code(), shown), (expected.code(), expected), "{told}");
}

/// That it is this person's result, and nobody else's.
#[track_caller]
pub fn is_of(shown: &Shown, holder: Holder, told: &str) {
    let page = match &shown.screen {
        Screen::Result { page, .. } => page,
        other => panic!("{told}: no result for {}: {other:?}", holder.card),
    };
    let [record] = &page.records[..] else {
        panic!("{told}: {} records for {}", page.records.len(), holder.card)
    };
    let said = (record.name.expose(), record.insurer_number.expose());
    assert_eq!(said, (holder.name, holder.number), "{told}: somebody else's result");
    let plain = |banner: &Banner| matches!(banner, Banner::Message(_));
    assert!(page.banners.iter().all(plain), "{told}: {:?}", page.banners);
}

/// The commands that a card was sent, the throw-away SELECT first, without what happened to
/// its power.
pub fn commands(journal: &str) -> Vec<&str> {
    journal.split("; ").filter(|it| !["on", "off", "reset"].contains(it)).collect()
}

/// How often a PIN was sent: the journal shows VERIFY with a plus for the body.
pub fn verifications(journal: &str) -> usize {
    journal.split(['\n', ';']).filter(|line| line.trim().starts_with("20 00 80 +")).count()
}

/// Gives the device these CAs (PEM) as its set, above every version that its gateway may tell
/// it: else it would trust the gateway's own CAs alone after its first idle seconds. One CA is
/// no set.
fn keep_trusting(file: &Path, pins: &str) {
    let certificates: Vec<String> = pins
        .split("-----BEGIN CERTIFICATE-----")
        .filter_map(|it| it.split_once("-----END CERTIFICATE-----"))
        .map(|(base64, _)| base64.split_whitespace().collect())
        .collect();
    if certificates.len() < 2 {
        return;
    }
    let text = fs::read(file).expect("a registered device");
    let mut device: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    device["pins"] = serde_json::json!({
        "gateway": device["registered"]["gateway_name"],
        "version": u32::MAX,
        "certificates": certificates,
    });
    fs::write(file, device.to_string()).expect("written");
}
