//! What opens the key, and what closes it again.

use crate::bench::{
    ASK, DOMAIN, JPKI, RIGHT, WRONG, at_the_pin, card, select, sign, signs, status,
};

/// A card whose PIN was just verified.
fn open() -> (reader_virtual::VirtualCard, tempfile::TempDir) {
    let (mut card, office) = card("serial = 1");
    at_the_pin(&mut card);
    assert_eq!(status(&mut card, RIGHT), 0x9000);
    (card, office)
}

#[test]
fn the_key_is_closed_without_its_pin() {
    let (mut card, _office) = card("serial = 1");
    assert!(!signs(&mut card));
    at_the_pin(&mut card);
    assert_eq!(status(&mut card, WRONG), 0x63C2);
    assert!(!signs(&mut card));
    at_the_pin(&mut card);
    assert_eq!(status(&mut card, RIGHT), 0x9000);
    assert!(signs(&mut card));
    assert!(signs(&mut card), "it opens the key for more than one signature");
}

#[test]
fn a_verified_pin_outlives_reset_and_the_same_application() {
    let (mut card, _office) = open();
    assert_eq!(status(&mut card, JPKI), 0x9000);
    assert!(signs(&mut card));
    card.warm_reset();
    assert!(signs(&mut card));
    // A foreign application that is not there is not selected either.
    assert_eq!(status(&mut card, b"\x00\xA4\x04\x0C\x05\xA0\0\0\0\x79"), 0x6A82);
    assert!(signs(&mut card));
}

#[test]
fn power_off_and_another_application_forget_it() {
    let (mut card, _office) = open();
    card.power_off();
    card.power_on();
    assert!(!signs(&mut card));

    for domain in [DOMAIN, b"\x00\xA4\x04\x0C\x07\xA0\x00\x00\x01\x51\x00\x00"] {
        let (mut card, _office) = open();
        assert_eq!(status(&mut card, domain), 0x9000);
        assert!(!signs(&mut card));
    }
    let (mut card, _office) = open();
    assert_eq!(status(&mut card, DOMAIN), 0x9000);
    card.warm_reset();
    assert!(!signs(&mut card));
}

#[test]
fn a_wrong_pin_closes_what_the_right_one_opened() {
    let (mut card, _office) = open();
    at_the_pin(&mut card);
    assert_eq!(status(&mut card, WRONG), 0x63C2);
    assert!(!signs(&mut card));
}

#[test]
fn asking_says_the_tries_also_after_the_right_pin() {
    let (mut card, _office) = open();
    assert_eq!(status(&mut card, ASK), 0x63C3);
    assert!(signs(&mut card), "asking closes nothing");
}

#[test]
fn a_reset_deselects() {
    let (mut card, _office) = open();
    assert_eq!(status(&mut card, b"\x00\xA4\x00\x00"), 0x9000);
    card.warm_reset();
    assert_eq!(status(&mut card, b"\x00\xA4\x00\x00"), 0x6A86);
    assert_eq!(status(&mut card, ASK), 0x6986);
    assert_eq!(select(&mut card, 0x0017), 0x6A82);
    // The domain has none of these files.
    assert_eq!(status(&mut card, DOMAIN), 0x9000);
    assert_eq!(select(&mut card, 0x0017), 0x6A82);
    assert_eq!(status(&mut card, b"\x00\xB0\x8A\x00\x04"), 0x6A82);
    assert_eq!(status(&mut card, b"\x00\x20\x00\x98\x041234"), 0x6986);
}

#[test]
fn the_two_pins_do_not_open_each_others_keys() {
    let (mut card, _office) = card("serial = 1\nsigning = true");
    at_the_pin(&mut card);
    assert_eq!(status(&mut card, RIGHT), 0x9000);
    assert_eq!(select(&mut card, 0x001A), 0x9000);
    assert_eq!(sign(&mut card, 0, &[7; 51]).1, 0x6982);
    assert_eq!(select(&mut card, 0x0001), 0x9000);
    assert_eq!(status(&mut card, b"\x00\xB0\x00\x00\x04"), 0x6982);

    assert_eq!(select(&mut card, 0x001B), 0x9000);
    assert_eq!(status(&mut card, ASK), 0x63C5);
    assert_eq!(status(&mut card, RIGHT), 0x63C4);
    assert_eq!(status(&mut card, b"\x00\x20\x00\x80\x06ABC123"), 0x9000);
    assert_eq!(select(&mut card, 0x0001), 0x9000);
    assert_eq!(status(&mut card, b"\x00\xB0\x00\x00\x04"), 0x9000);
    assert_eq!(select(&mut card, 0x001A), 0x9000);
    assert_eq!(sign(&mut card, 0, &[7; 51]).1, 0x9000);
}

/// The status word of reading the certificate.
fn read_certificate(card: &mut reader_virtual::VirtualCard) -> u16 {
    assert_eq!(status(card, JPKI), 0x9000);
    assert_eq!(select(card, 0x000A), 0x9000);
    status(card, b"\x00\xB0\x00\x00\x04")
}

#[test]
fn phones_follow_their_own_rules() {
    let (mut android, _office) = card("serial = 1\nkind = \"android\"");
    assert!(!signs(&mut android), "nor the key");
    at_the_pin(&mut android);
    assert_eq!(select(&mut android, 0x000A), 0x9000);
    assert_eq!(status(&mut android, b"\x00\xB0\x00\x00\x00"), 0x6982);
    at_the_pin(&mut android);
    assert_eq!(status(&mut android, RIGHT), 0x9000);
    assert_eq!(select(&mut android, 0x000A), 0x9000);
    assert_eq!(status(&mut android, b"\x00\xB0\x00\x00\x00"), 0x9000);
    assert!(signs(&mut android));
    android.power_on();
    assert_eq!(read_certificate(&mut android), 0x6982, "forgotten with the power");

    let (mut iphone, _office) = card("serial = 1\nkind = \"iphone\"");
    assert!(signs(&mut iphone), "the phone has recognised its holder");
    assert_eq!(select(&mut iphone, 0x000A), 0x9000);
    assert_eq!(status(&mut iphone, b"\x00\xB0\x00\x00\x00"), 0x9000);
}

#[test]
fn without_power_there_is_no_answer() {
    let (mut card, _office) = card("serial = 1");
    card.power_off();
    assert_eq!(card.transmit(JPKI), Vec::<u8>::new());
    assert_eq!(card.apdus(), 0);
    assert_eq!(card.warm_reset(), [0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14]);
    assert_eq!(status(&mut card, JPKI), 0x9000);
}

#[test]
fn the_first_command_may_be_lost_after_power_up_only() {
    let (mut card, _office) = card("serial = 1\nfirst_command_6f00 = true");
    assert_eq!(status(&mut card, JPKI), 0x6F00);
    assert_eq!(status(&mut card, JPKI), 0x9000);
    card.warm_reset();
    assert_eq!(status(&mut card, JPKI), 0x9000);
    card.power_off();
    card.power_on();
    assert_eq!(status(&mut card, JPKI), 0x6F00);
}

#[test]
fn a_slow_card_takes_its_time() {
    let (mut card, _office) =
        card("serial = 1\nkind = \"iphone\"\nlatency_ms = 30\nsignature_ms = 200");
    let start = std::time::Instant::now();
    assert_eq!(status(&mut card, JPKI), 0x9000);
    let one = start.elapsed().as_millis();
    assert!(one >= 30, "{one} ms");
    assert!(signs(&mut card));
    assert!(start.elapsed().as_millis() >= 30 * 4 + 200);
}
