//! What holds for any machine: no panic, and nothing grows without bound.

use proptest::prelude::*;

use super::{Bench, hello, message, packet};
use crate::machine::{Front as _, Packet as _};
use crate::usb::device::Effect;

/// A packet that could be one, or nearly.
fn some_packet() -> impl Strategy<Value = Vec<u8>> {
    let kinds = prop_oneof![
        4 => Just(101_u32),
        3 => Just(100),
        4 => prop_oneof![Just(3_u32), Just(6), Just(7), Just(9), Just(10), Just(15), Just(16), Just(21), Just(23), Just(24)],
        1 => 0_u32..110,
    ];
    let body = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..14),
        (any::<u8>(), any::<[u8; 3]>(), proptest::collection::vec(any::<u8>(), 0..80)).prop_map(
            |(kind, specific, mut data)| {
                // With a high first byte a card of tin is slow, or has a bug.
                data.iter_mut().for_each(|byte| *byte &= 0x7F);
                let bytes = message(0x60 | kind & 0x1F, kind, specific, &data);
                super::bulk(1, bytes.len(), &bytes)
            }
        ),
        (0_usize..70_000).prop_map(|length| super::bulk(0x82, length, &[])),
    ];
    (kinds, 0_u64..20, body).prop_map(|(kind, id, body)| packet(kind, id, &body))
}

/// Right lengths for the kinds that have one length only.
fn some_talk() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let fitted = some_packet().prop_map(|bytes| {
        let kind = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let length = match kind {
            6 | 10 | 15 | 16 => 1,
            9 => 2,
            3 | 7 | 21 | 24 => 0,
            _ => return bytes,
        };
        packet(kind, 5, &[&bytes[16..], &[0x83, 0]].concat()[..length])
    });
    proptest::collection::vec(prop_oneof![5 => fitted, 1 => some_packet()], 1..60)
}

proptest! {
    #[test]
    fn any_bytes_are_borne(bytes in proptest::collection::vec(any::<u8>(), 0..4096)) {
        let mut bench = Bench::new();
        // Refused or not: no panic.
        let _ = bench.say(&bytes);
        let mut stranger = Bench::stranger();
        let _ = stranger.say(&bytes);
        let _ = stranger.say(&[hello(0xFF), bytes].concat());
    }

    #[test]
    fn any_talk_is_borne(talk in some_talk(), hands in proptest::collection::vec(0_usize..5, 60)) {
        let mut bench = Bench::with_power();
        for (bytes, hand) in talk.iter().zip(hands) {
            let request = ["insert anna", "remove", "unplug", "plug", "status"][hand];
            bench.reader.hand(request);
            bench.reader.wait_for_event(std::time::Duration::ZERO);
            bench.look();
            bench.got.clear();
            if bench.say(bytes).is_err() {
                let last = bench.device.lost(bench.slot());
                bench.carry_out(last);
                let greeting = bench.device.met();
                prop_assert_eq!(greeting.len(), 1);
                bench.carry_out(greeting);
                bench.say(&hello(0xFF)).unwrap();
            }
            let sent: usize = bench.got.iter().map(|packet| packet.encode().len()).sum();
            prop_assert!(sent < 200_000, "{sent} bytes for one packet");
        }
    }

    #[test]
    fn a_driver_that_never_reads_fills_nothing(count in 1_usize..200) {
        let mut bench = Bench::with_power();
        for _ in 0..count {
            bench.write(&message(0x6F, 1, [0; 3], &[0, 0xA4, 4, 12]));
        }
        bench.got.clear();
        let mut messages = 0;
        while bench.read(64).is_some() {
            messages += 1;
        }
        prop_assert_eq!(messages, 1, "the last one's");
    }

    #[test]
    fn one_job_at_a_time(kinds in proptest::collection::vec(0x60_u8..0x74, 1..40)) {
        let mut bench = Bench::with_power();
        bench.jobs = Some(Vec::new());
        for kind in kinds {
            bench.write(&message(kind, 1, [0; 3], &[0, 0xA4, 4, 12]));
            let jobs = bench.jobs.as_ref().map_or(0, Vec::len);
            prop_assert!(jobs <= 1);
        }
        let last = bench.device.lost(bench.slot());
        prop_assert!(!last.iter().any(|it| matches!(it, Effect::Work(_))) || bench.jobs == Some(Vec::new()));
    }
}
