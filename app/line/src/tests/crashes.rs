//! The power goes at any step of a registration, a login, a logout, a removal, a renewal, or
//! a change of CAs.

use std::path::Path;

use kiosk_core::Consents;
use kiosk_gateway::PinSet;
use kiosk_process::crash::{Crash, Recorder, Recording};

use super::*;
use crate::{pins, renewal};

/// The request is on its way.
const SENT: usize = 1;
/// The terminal says that the device is registered.
const REGISTERED: usize = 2;

fn nothing(_: &Path) {}

fn state(folder: &Path) -> State {
    State::new(&folder.join("state"))
}

fn identity() -> Identity {
    Identity {
        device_id: "0b8f3c4e-5d1a-4b7e-9c2f-6a1d2e3f4a5b".to_owned().try_into().expect("a UUID"),
        gateway_name: "reference-gateway".to_owned().try_into().expect("a name"),
        certificate_chain: "-----BEGIN CERTIFICATE-----".to_owned(),
        session: Some("A".repeat(43).try_into().expect("a token")),
        account_authority: Authority::General,
        consents: Consents::ALL,
        facility: "1310000001".to_owned(),
    }
}

fn registered(folder: &Path) {
    let state = state(folder);
    let (_, mut device) = prepared(&state).expect("prepared");
    device.registered = Some(identity());
    state.keep_device(&device).expect("kept");
}

fn prepare(recorder: &Recorder<'_>) {
    prepared(&state(recorder.folder())).expect("prepared");
    recorder.told();
}

/// As [`enrol`] does it, with a gateway that answers at once.
fn register(recorder: &Recorder<'_>) {
    let state = state(recorder.folder());
    let (_, mut device) = prepared(&state).expect("prepared");
    recorder.told();
    device.registered = Some(identity());
    state.keep_device(&device).expect("kept");
    recorder.told();
}

/// Nothing is damaged, a request has its key, and what was told is kept.
fn is_whole(crash: &Crash<'_>) {
    let state = state(crash.folder());
    let device = state.device().expect("readable");
    let key = state.key().expect("readable");
    assert!(device.is_none() || key.is_some(), "a request without its key");
    if crash.told() >= SENT {
        assert!(device.is_some(), "the request that was sent is lost");
    }
    if crash.told() >= REGISTERED {
        assert!(device.is_some_and(|it| it.registered.is_some()), "the device is lost");
    }
}

/// The same key as before, if there was one, and the same request.
fn goes_on(crash: &Crash<'_>) {
    let state = state(crash.folder());
    let before = (state.key().expect("readable"), state.device().expect("readable"));
    let (key, device) = prepared(&state).expect("prepared");
    assert!(before.0.is_none_or(|it| it.public() == key.public()), "another key");
    assert!(before.1.is_none_or(|it| it.csr == device.csr), "another request");
}

#[test]
fn a_registration_that_the_power_cuts_off_can_be_repeated_and_one_that_was_told_stays() {
    let recording = Recording::new(nothing, register);
    let states = recording.check(|crash| {
        is_whole(crash);
        goes_on(crash);
    });
    assert!(states > 30, "{states}");
}

#[test]
fn a_registration_that_is_killed_and_repeated_is_as_good() {
    let recording = Recording::new(nothing, register).or_killed(prepare);
    let has_its_key = |crash: &Crash<'_>| {
        let state = state(crash.folder());
        let device = state.device().expect("readable");
        assert!(device.is_none() || state.key().expect("readable").is_some(), "no key");
        assert!(crash.told() == 0 || device.is_some(), "the request that was sent is lost");
        goes_on(crash);
    };
    recording.check(has_its_key);
    // Only the one after the mkdir: every write that follows makes up for it.
    let needless = recording.needless_syncs(has_its_key);
    assert_eq!(needless.len(), 1, "{needless:?}");
}

#[test]
fn a_device_that_is_kept_anew_is_the_old_or_the_new_one() {
    let other = "E".repeat(43);
    let renew = |recorder: &Recorder<'_>| {
        let state = state(recorder.folder());
        let mut device = state.device().expect("readable").expect("there");
        let session = Some(other.clone().try_into().expect("a token"));
        device.registered = Some(Identity { session, ..identity() });
        state.keep_device(&device).expect("kept");
        recorder.told();
    };
    let recording = Recording::new(registered, renew);
    let is_old_or_new = |crash: &Crash<'_>| {
        let state = state(crash.folder());
        assert!(state.key().expect("readable").is_some());
        let device = state.device().expect("readable").expect("there");
        let session = device.registered.expect("registered").session.expect("logged in");
        assert!(session.expose() == other || (crash.told() == 0 && session.expose().len() == 43));
    };
    assert!(recording.check(is_old_or_new) > 10);
}

/// The gateway may end the session; whoever logs out is logged out here first.
#[test]
fn whoever_was_told_to_be_logged_out_is_logged_out() {
    let log_out = |recorder: &Recorder<'_>| {
        let state = state(recorder.folder());
        let mut device = state.device().expect("readable").expect("there");
        device.registered.as_mut().expect("registered").session = None;
        state.keep_device(&device).expect("kept");
        recorder.told();
    };
    let is_logged_out = |crash: &Crash<'_>| {
        let device = state(crash.folder()).device().expect("readable").expect("there");
        let session = device.registered.expect("registered").session;
        assert!(crash.told() == 0 || session.is_none(), "logged in again");
    };
    let recording = Recording::new(registered, log_out);
    assert!(recording.check(is_logged_out) > 5);
}

/// The gateway was told of the removal.
const TOLD: usize = 1;
/// The terminal says that it is nobody's.
const WIPED: usize = 2;

/// As デバイス登録解除 does it, with a gateway that answers at once.
fn remove(recorder: &Recorder<'_>) {
    let state = state(recorder.folder());
    let mut device = state.device().expect("readable").expect("there");
    device.removing = true;
    state.keep_device(&device).expect("kept");
    recorder.told();
    state.wipe().expect("wiped");
    recorder.told();
}

fn is_removed_as_far_as_it_was_told(crash: &Crash<'_>) {
    let state = state(crash.folder());
    let (device, key) = (state.device().expect("readable"), state.key().expect("readable"));
    match device {
        // Without its key nothing but the removal can go on.
        Some(device) => assert!(device.removing || key.is_some(), "a device without its key"),
        None => assert!(key.is_none() && crash.told() >= TOLD, "a key of nobody"),
    }
    let left = state.device().expect("readable");
    assert!(crash.told() < TOLD || left.as_ref().is_none_or(|it| it.removing), "checks go on");
    assert!(crash.told() < WIPED || left.is_none(), "it is still somebody's");
    // What was begun can be ended.
    state.wipe().expect("wiped");
    assert!(state.device().expect("readable").is_none());
}

#[test]
fn a_removal_that_the_power_cuts_off_is_still_one_and_ends() {
    let recording = Recording::new(registered, remove);
    assert!(recording.check(is_removed_as_far_as_it_was_told) > 10);
    // Two of `make_folder`: the folder was there before.
    let needless = recording.needless_syncs(is_removed_as_far_as_it_was_told);
    assert_eq!(needless.len(), 2, "{needless:?}");
}

fn pins(version: u32) -> PinSet {
    let text = format!(r#"{{"gateway":"g","version":{version},"certificates":["MAA=","MAE="]}}"#);
    serde_json::from_str(&text).expect("a set")
}

/// What is being replaced is the old one or the new one, whole; nothing else changes with it,
/// and the new one stays once it was used.
fn check_replaced<T: PartialEq + std::fmt::Debug>(
    replace: impl Fn(&State),
    read: impl Fn(&Device) -> T,
    (old, new): (T, T),
) {
    let recording = Recording::new(registered, |recorder| {
        replace(&state(recorder.folder()));
        recorder.told();
    });
    let is_old_or_new = |crash: &Crash<'_>| {
        let state = state(crash.folder());
        let device = state.device().expect("readable").expect("there");
        let found = read(&device);
        assert!(found == new || (crash.told() == 0 && found == old), "{found:?}");
        assert!(state.key().expect("readable").is_some(), "the key is lost");
        let session = device.registered.expect("registered").session.expect("logged in");
        assert_eq!(session.expose(), "A".repeat(43), "the session is lost");
        // What was begun can be done again.
        replace(&state);
        let device = state.device().expect("readable").expect("there");
        assert_eq!(read(&device), new);
    };
    assert!(recording.check(is_old_or_new) > 5);
    // Two of `make_folder`: the folder was there before.
    let needless = recording.needless_syncs(is_old_or_new);
    assert_eq!(needless.len(), 2, "{needless:?}");
}

#[test]
fn a_renewal_that_the_power_cuts_off_leaves_the_old_certificate_or_the_new() {
    let renew = |state: &State| {
        let chain = "-----BEGIN NEW CERTIFICATE-----".repeat(100);
        renewal::keep(state, &identity().device_id, chain).expect("kept");
    };
    let read = |device: &Device| {
        let registered = device.registered.as_ref().expect("registered");
        registered.certificate_chain.contains("NEW")
    };
    check_replaced(renew, read, (false, true));
}

#[test]
fn a_change_of_cas_that_the_power_cuts_off_leaves_the_old_set_or_the_new() {
    let change = |state: &State| pins::keep(state, self::pins(7)).expect("kept");
    let version = |device: &Device| device.pins.as_ref().map(|set| set.version);
    check_replaced(change, version, (None, Some(7)));
}

#[test]
fn the_time_is_the_old_or_the_new_one_after_a_power_cut() {
    let at = |seconds| std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    let recording = Recording::new(
        |folder| state(folder).keep_time(at(1_000)).expect("kept"),
        |recorder| {
            state(recorder.folder()).keep_time(at(2_000)).expect("kept");
            recorder.told();
        },
    );
    let is_one_of_them = |crash: &Crash<'_>| {
        let time = state(crash.folder()).time();
        assert!(time == Some(at(2_000)) || (crash.told() == 0 && time == Some(at(1_000))));
    };
    assert!(recording.check(is_one_of_them) > 3);
    let needless = recording.needless_syncs(is_one_of_them);
    assert_eq!(needless.len(), 2, "{needless:?}");
}

#[test]
fn nothing_is_kept_for_a_device_that_is_another_by_now() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = state(folder.path());
    pins::keep(&state, pins(1)).expect("nothing to do");
    renewal::keep(&state, &identity().device_id, "new".to_owned()).expect("nothing to do");
    assert!(state.device().expect("readable").is_none());

    registered(folder.path());
    let other = "11111111-2222-4333-8444-555555555555".to_owned().try_into().expect("a UUID");
    renewal::keep(&state, &other, "new".to_owned()).expect("nothing to do");
    for (version, kept) in [(5, 5), (4, 5), (5, 5), (6, 6)] {
        pins::keep(&state, pins(version)).expect("kept");
        let device = state.device().expect("readable").expect("there");
        assert_eq!(device.pins.expect("a set").version, kept);
        let chain = device.registered.expect("registered").certificate_chain;
        assert_eq!(chain, identity().certificate_chain);
    }
}
