//! Several gateways on one database: whatever is decided is decided once.

use std::time::Duration;

use rcgen::KeyPair;
use reference_gateway::{
    clock::{Clock, SystemClock},
    folder::Folder,
    gateway::{Gateway, Limits, StartError},
    store::{Entry, Health, Round, RoundClaim, Told, Try},
};

use crate::{
    bench::{
        Bench, Card, Check, Device, FACILITY, Forge, PhotoCard, Plan, REAL_LENGTH, Visual,
        certificate, commands, last, message, office, proof, quick_hash, registration, turn,
    },
    place::Place,
};

/// Often enough that two of them meet.
const ROUNDS: i64 = 50;

/// Two gateways on one database, whose account's password is compared quickly.
async fn two() -> (Bench, Bench) {
    let first = Bench::start().await;
    first.put_account(|it| it.password_hash = quick_hash()).await;
    let second = first.beside().await;
    (first, second)
}

fn sorted<T: Ord>(both: (T, T)) -> [T; 2] {
    let mut both = <[T; 2]>::from(both);
    both.sort_unstable();
    both
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_code_registers_one_device_whoever_is_asked() {
    let (one, two) = two().await;
    for round in 0..ROUNDS {
        let code = one.code().await;
        let ask = async |bench: &Bench| {
            let asked = registration(&code, &KeyPair::generate().expect("a key"));
            bench.register(&asked).await.status
        };
        assert_eq!(sorted(tokio::join!(ask(&one), ask(&two))), [201, 403], "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_is_one_device_whoever_is_asked() {
    let (one, two) = two().await;
    for round in 0..ROUNDS {
        let asked = registration(&one.code().await, &KeyPair::generate().expect("a key"));
        let (first, second) = tokio::join!(one.register(&asked), two.register(&asked));
        let id = |answer: &crate::bench::Answer| answer.json()["device_id"].to_string();
        assert_eq!((first.status, second.status), (201, 201), "round {round}");
        assert_eq!(id(&first), id(&second), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_wrong_passwords_are_five_whoever_is_asked() {
    let (one, two) = two().await;
    let now = one.now();
    for round in 0..ROUNDS {
        let user = round.to_string();
        let mut tries = tokio::task::JoinSet::new();
        for at in 0..8 {
            let store = if at % 2 == 0 { one.store.clone() } else { two.store.clone() };
            let user = user.clone();
            tries.spawn(async move { store.charge(FACILITY, &user, now).await.expect("asked") });
        }
        let mut wrong = Vec::new();
        let mut locked = 0;
        for told in tries.join_all().await {
            match told {
                Try::Charged { wrong: count, locked_until } => {
                    assert_eq!(locked_until.is_some(), count == 5, "round {round}");
                    wrong.push(count);
                }
                Try::Locked { .. } => locked += 1,
                Try::NoRoom => panic!("there is room"),
            }
        }
        wrong.sort_unstable();
        assert_eq!((wrong, locked), (vec![1, 2, 3, 4, 5], 3), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_belongs_to_one_proof_whoever_is_asked() {
    let (one, two) = two().await;
    let device = one.enrol().await;
    let (mut first, mut second) = (one.line(&device).await, two.line(&device).await);
    let forge = Forge::office();
    let certificate = forge.certificate(&Plan::new(SystemClock.now()));
    for round in 0..ROUNDS {
        let check = Check::open(&mut first, &device, "card").await;
        let plain = proof(&certificate, &forge.sign(&message(&device, &check)));
        let mut other = plain.clone();
        other["consents"] = serde_json::json!(["checkup"]);
        let (path, session) = (check.path(), Some(&*device.session));
        let (a, b) =
            tokio::join!(first.post(&path, session, &plain), second.post(&path, session, &other));
        assert_eq!(sorted((a.status, b.status)), [200, 409], "round {round}");
        // The same proof gets the same answer from either.
        let (won, answer) = if a.status == 200 { (plain, a) } else { (other, b) };
        let (a, b) =
            tokio::join!(first.post(&path, session, &won), second.post(&path, session, &won));
        assert_eq!((&a.body, &b.body), (&answer.body, &answer.body), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_has_no_more_checks_open_whoever_is_asked() {
    let one = Bench::start_with(Limits { open_checks: 5, ..Limits::default() }).await;
    let two = one.beside().await;
    let device = one.enrol().await;
    for round in 0..ROUNDS {
        let mut opening = tokio::task::JoinSet::new();
        for at in 0..8 {
            let store = if at % 2 == 0 { one.store.clone() } else { two.store.clone() };
            let (device, now) = (device.id.clone(), one.now());
            opening.spawn(async move {
                let id = format!("{round} {at}");
                let new = reference_gateway::store::NewCheck {
                    id: &id,
                    device: &device,
                    method: "pin",
                    token_kind: "card",
                    challenge: "",
                    now,
                    expires_at: now + 1,
                };
                store.open_check(new, 5).await.expect("asked")
            });
        }
        let opened = opening.join_all().await.into_iter().filter(|opened| *opened).count();
        assert_eq!(opened, 5, "round {round}");
        one.step(time::Duration::seconds(1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_of_a_relay_belongs_to_one_request_whoever_is_asked() {
    let one = Visual::open().await;
    let two = one.bench.beside().await;
    let (check, device, now) = (&*one.check.id, &*one.device.id, two.now());
    for number in 0..u8::try_from(ROUNDS).expect("few") {
        let round = |hash| Round { check, device, number, hash, now };
        let (a, b) = tokio::join!(
            one.bench.store.claim_round(round("a")),
            two.store.claim_round(round("b"))
        );
        let yours = |claim: sqlx::Result<RoundClaim>| {
            matches!(claim.expect("asked"), RoundClaim::Yours { .. })
        };
        assert_eq!(sorted((yours(a), yours(b))), [false, true], "round {number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_is_one_chain_whoever_is_told() {
    let (one, two) = two().await;
    let device = one.enrol().await;
    let mut prev = "0".repeat(64);
    for seq in 1..=ROUNDS {
        let hash = format!("{seq:064x}");
        let entry = Entry {
            seq,
            happened_at: "2026-11-22T01:02:03Z",
            who: "device",
            method: "",
            check: "",
            outcome: "valid",
            prev: &prev,
            hash: &hash,
            hash_is_right: true,
        };
        let health = Health { version: "0.1.0", reader: "", uptime_s: seq };
        let entries = [entry];
        let (a, b) = tokio::join!(
            one.store.continue_journal(&device.id, &entries, health, seq),
            two.store.continue_journal(&device.id, &entries, health, seq),
        );
        let up = Told::Up(u64::try_from(seq).expect("positive"));
        assert_eq!((a.expect("asked"), b.expect("asked")), (up, up));
        prev = hash;
    }
}

/// What a card told is in the memory of one gateway alone. Another one says that the check is
/// over: the kiosk's page (G-07) asks to begin again, and a new check opens at once.
#[tokio::test]
async fn a_relay_that_comes_to_another_gateway_begins_anew() {
    let mut visual = Visual::open().await;
    let two = visual.bench.beside().await;
    let mut card = PhotoCard::new(certificate(REAL_LENGTH));
    let begun = visual.ask(&turn(0, &[])).await;
    let (round, commands) = commands(&begun).expect("commands");
    let answers: Vec<_> = commands.iter().map(|it| card.transmit(it)).collect();
    visual.line = two.line(&visual.device).await;
    visual.ask(&turn(round, &answers)).await.refused(410, "check-expired");

    visual.check = Check::open_visual(&mut visual.line, &visual.device).await;
    let mut card = PhotoCard::new(certificate(REAL_LENGTH));
    last(&visual.talk(&mut card, |_, _| {}).await).expect(200);
}

#[tokio::test]
async fn what_one_gateway_ends_another_does_not_serve() {
    let (one, two) = two().await;
    let device: Device = one.enrol().await;
    let mut line = two.line(&device).await;
    line.get("/v1/notices", Some(&device.session)).await.expect(200);
    assert!(one.store.revoke_device(&device.id, one.now()).await.expect("asked"));
    line.get("/v1/notices", Some(&device.session)).await.refused(403, "device-unknown");
}

#[test]
fn gateways_that_begin_at_once_make_one_ca_and_one_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("gateway");
    let place = Place::new(&path);
    let begin = || {
        let folder = Folder::open(&path).expect("opened");
        let clock = std::sync::Arc::new(SystemClock);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let database = place.database();
            let gateway = Gateway::open(&folder, &database, Some(office()), clock).await;
            gateway.expect("a gateway").store.device_by_key("none").await.expect("asked").is_none()
        })
    };
    std::thread::scope(|scope| {
        let begun: Vec<_> = (0..4).map(|_| scope.spawn(begin)).collect();
        assert!(begun.into_iter().all(|it| it.join().expect("begun")));
    });
}

#[tokio::test]
async fn a_gateway_with_another_ca_does_not_start_on_the_database() {
    let bench = Bench::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let folder = Folder::open(&folder.path().join("gateway")).expect("made");
    let opened =
        Gateway::open(&folder, &bench.place.database(), Some(office()), bench.clock.clone()).await;
    assert!(matches!(opened, Err(StartError::OtherCa)));
}

/// A kiosk that hangs up ends its call wherever that is: nobody may wait for it afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_dropped_leaves_nothing_open() {
    let (one, two) = two().await;
    let now = one.now();
    for round in 0..ROUNDS {
        let user = format!("dropped {round}");
        // Few turns or many: it is dropped early or late, or comes to its end in time.
        let patience = async {
            for _ in 0..round * round {
                tokio::task::yield_now().await;
            }
        };
        let both = async {
            tokio::join!(
                one.store.charge(FACILITY, &user, now),
                two.store.charge(FACILITY, "x", now)
            )
        };
        tokio::select! { _ = both => {}, () = patience => {} }
        // What is written next is written for good: the other gateway sees it.
        for code in [format!("{:012}", 2 * round), format!("{:012}", 2 * round + 1)] {
            assert!(one.store.put_code(&code, FACILITY, "", now).await.expect("asked"));
            assert!(!two.store.put_code(&code, FACILITY, "", now).await.expect("asked"), "{code}");
        }
    }
    let told = two.store.charge(FACILITY, "patient", now);
    let told = tokio::time::timeout(Duration::from_secs(4), told).await.expect("no lock is left");
    assert_eq!(told.expect("asked"), Try::Charged { wrong: 1, locked_until: None });
}
