//! The exports as pcscd calls them: pointers, lengths, panics.

use std::ffi::CString;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use reader_virtual::reader::{Power, Reader, Tins};

use super::*;
use crate::tests::private_folder;

const NO_CARD: c_long = 616;
const HEADER: IoHeader = IoHeader { protocol: 1, length: 16 };

/// Puts a reader where pcscd's calls find it.
fn plug(reader: Arc<Reader>) -> c_ulong {
    static NEXT: AtomicU64 = AtomicU64::new(1 << 16);
    let lun = NEXT.fetch_add(1 << 16, Ordering::Relaxed);
    let device = Device { reader, control: Mutex::new(None) };
    devices(|devices| devices.insert(lun, Arc::new(device)));
    lun
}

/// The code, the length that was told, and the buffer.
fn transmit(lun: c_ulong, command: &[u8], room: c_ulong) -> (c_long, c_ulong, [u8; 300]) {
    let mut command = command.to_vec();
    let (mut buffer, mut length) = ([0xEE; 300], room);
    let mut header = IoHeader { protocol: 99, length: 99 };
    let command_length = c_ulong::try_from(command.len()).unwrap();
    // SAFETY: all of it lives on this stack, and `room` is at most 300.
    let code = unsafe {
        IFDHTransmitToICC(
            lun,
            HEADER,
            command.as_mut_ptr(),
            command_length,
            buffer.as_mut_ptr(),
            &raw mut length,
            &raw mut header,
        )
    };
    assert_eq!(header.protocol == 1, code == 0, "the header is told with an answer only");
    (code, length, buffer)
}

fn capability(lun: c_ulong, tag: c_ulong, room: c_ulong) -> (c_long, Vec<u8>) {
    let (mut value, mut length) = ([0; 64], room);
    // SAFETY: both live on this stack, and `room` is at most 64.
    let code = unsafe { IFDHGetCapabilities(lun, tag, &raw mut length, value.as_mut_ptr()) };
    (code, value[..usize::try_from(length).unwrap()].to_vec())
}

#[test]
fn an_answer_and_its_length() {
    let (reader, _) = Tins::reader_with("anna");
    let lun = plug(reader);
    let (code, length, buffer) = transmit(lun, &[0, 0xA4, 4, 12], 300);
    assert_eq!((code, length), (0, 6));
    assert_eq!(buffer[..7], [0, 0xA4, 4, 12, 0x90, 0x00, 0xEE]);
    assert_eq!(IFDHICCPresence(lun), 615);
}

#[test]
fn every_refusal_tells_the_length_0() {
    let (with, _) = Tins::reader_with("anna");
    let with = plug(with);
    let (without, _) = Tins::reader();
    let without = plug(without);
    let cases: [(c_ulong, &[u8], c_ulong, c_long); 5] = [
        (with, &[0, 0xA4, 4, 12], 5, 618),
        (with, &[], 300, 612),
        (with, &[0xFF, 0, 0, 0], 300, 612),
        (without, &[0, 0xA4, 4, 12], 300, NO_CARD),
        (3, &[0, 0xA4, 4, 12], 300, 617),
    ];
    for (lun, command, room, refusal) in cases {
        let (code, length, buffer) = transmit(lun, command, room);
        assert_eq!((code, length), (refusal, 0), "{command:02X?}");
        assert_eq!(buffer, [0xEE; 300], "nothing was written");
    }
    assert_eq!(IFDHICCPresence(without), NO_CARD);
}

#[test]
fn every_fault_as_pcscd_is_told() {
    let cases: [(&str, c_long, c_ulong, &[u8]); 8] = [
        ("pull", NO_CARD, 0, &[]),
        ("mute", 612, 0, &[]),
        ("sw 6110", 0, 2, &[0x61, 0x10]),
        ("sw 6C10", 0, 2, &[0x6C, 0x10]),
        ("short", 0, 1, &[0x90]),
        ("garbage", 0, 258, &[]),
        ("oversize", 0, 264, &[]),
        ("endless", 0, 258, &[0x30, 0x82, 0xFF, 0xFF]),
    ];
    for (fault, code, length, beginning) in cases {
        let (reader, _) = Tins::reader_with("anna");
        let lun = plug(Arc::clone(&reader));
        assert_eq!(reader.hand(&format!("fault 1 {fault}")), "ok");
        reader.power(Power::Up).expect("a card is there");
        let (told, told_length, buffer) = transmit(lun, &[0, 0xB0, 0, 0, 0], 300);
        assert_eq!((told, told_length), (code, length), "{fault}");
        assert!(buffer.starts_with(beginning), "{fault}");
    }
    let (reader, _) = Tins::reader_with("anna");
    let lun = plug(Arc::clone(&reader));
    assert_eq!(reader.hand("fault 1 hang"), "ok");
    reader.power(Power::Up).expect("a card is there");
    std::thread::scope(|scope| {
        let hung = scope.spawn(|| transmit(lun, &[0, 0xB0, 0, 0, 0], 300));
        while !reader.hand("status").ends_with("hanging") {
            assert!(!hung.is_finished(), "it should hang");
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(reader.hand("release"), "ok");
        assert_eq!(hung.join().unwrap().0, 0);
    });
}

#[test]
fn a_panic_stops_here_and_the_reader_goes_on() {
    let (reader, _) = Tins::reader_with("anna");
    let lun = plug(reader);
    let (code, length, _) = transmit(lun, &[0xFE, 0, 0, 0], 300);
    assert_eq!((code, length), (612, 0));
    assert_eq!(transmit(lun, &[0, 0xA4, 4, 12], 300).0, 0, "the lock of the card is poisoned");
}

#[test]
fn null_pointers_are_refused() {
    let (reader, _) = Tins::reader_with("anna");
    let lun = plug(reader);
    let nothing = ptr::null_mut();
    let mut length = 33;
    // SAFETY: null is what this is about; the length lives on this stack.
    unsafe {
        assert_eq!(IFDHPowerICC(lun, 500, nothing, &raw mut length), 612);
        assert_eq!(length, 0);
        assert_eq!(IFDHPowerICC(lun, 500, nothing, ptr::null_mut()), 612);
        assert_eq!(IFDHPowerICC(lun, 501, nothing, ptr::null_mut()), 612);
        assert_eq!(
            IFDHTransmitToICC(lun, HEADER, nothing, 4, nothing, &raw mut length, ptr::null_mut()),
            612
        );
        assert_eq!(IFDHControl(lun, 0x4200_0D48, nothing, 0, nothing, 64, &raw mut length), 612);
        assert_eq!(IFDHCreateChannelByName(lun, ptr::null_mut()), 612);
    }
}

#[test]
fn power_gives_the_atr() {
    let (reader, _) = Tins::reader_with("anna");
    let lun = plug(reader);
    for (action, room, expected) in [
        (502, 33, Ok(3)),
        (501, 33, Ok(0)),
        (502, 33, Err(608)),
        (500, 2, Err(618)),
        (9, 33, Err(606)),
    ] {
        let (mut atr, mut length) = ([0; 33], room);
        // SAFETY: both live on this stack, and `room` is at most 33.
        let code = unsafe { IFDHPowerICC(lun, action, atr.as_mut_ptr(), &raw mut length) };
        assert_eq!((code, length), expected.map_or_else(|code| (code, 0), |length| (0, length)));
    }
}

#[test]
fn capabilities_that_pcscd_asks_for() {
    let (reader, _) = Tins::reader_with("anna");
    let lun = plug(reader);
    assert_eq!(capability(lun, 0x0303, 33), (0, Tins::ATR.to_vec()));
    assert_eq!(capability(lun, 0x0FAE, 1), (0, vec![1]));
    assert_eq!(capability(lun, 0x0FAD, 1), (0, vec![1]));
    assert_eq!(capability(lun, 0x0FAF, 1), (0, vec![16]));
    assert_eq!(capability(lun, 0x0FB3, 4).0, 618, "no half pointers");
    assert_eq!(capability(lun, 0x0FB3, 8).1.len(), size_of::<usize>());
    assert_eq!(capability(lun, 0x0FB2, 8).1.len(), size_of::<usize>());
    assert_eq!(capability(lun, 0x0FB1, 8), (600, Vec::new()));
    assert_eq!(IFDHSetProtocolParameters(lun, 2, 0, 0, 0, 0), 0);
    assert_eq!(IFDHSetProtocolParameters(lun, 1, 0, 0, 0, 0), 607);
}

#[test]
fn a_channel_opens_closes_and_opens_again() {
    let folder = private_folder();
    let lun = 1; // not one of plug()'s
    let open = |name: &str| {
        let name = CString::new(name).unwrap();
        // SAFETY: a string that outlives the call and is not written to.
        unsafe { IFDHCreateChannelByName(lun, name.as_ptr().cast_mut()) }
    };
    assert_eq!(open("/dev/null:1"), 612);
    assert_eq!(open("virtual:relative"), 612);
    let name = format!("virtual:{}", folder.path().display());
    for _ in 0..2 {
        assert_eq!(open(&name), 0);
        assert_eq!(open(&name), 612, "taken");
        assert!(folder.path().join("control").exists());
        assert_eq!(wait_for_event(lun, 1), 0);
        assert_eq!(wake(lun), 0);
        assert_eq!(IFDHCloseChannel(lun), 0);
        assert!(!folder.path().join("control").exists(), "the thread has ended");
    }
    assert_eq!(IFDHCloseChannel(lun), 617);
    assert_eq!(IFDHCreateChannel(lun, 1), 612);
    fs::write(folder.path().join("lying"), "nobody").unwrap();
    assert_eq!(open(&name), 0, "a card that is no more leaves an empty reader");
    assert_eq!(IFDHICCPresence(lun), NO_CARD);
    assert_eq!(IFDHCloseChannel(lun), 0);
}
