//! The strict script of `reader-drivers/virtual/conversations/relay.toml`.

use std::ops::Range;

use card::jpki::{self, Ef};
use reader_virtual::Conversation;

use super::*;

const TERMINAL: &str =
    include_str!("../../../../../../reader-drivers/virtual/conversations/simulated-terminal.hex");

/// Bytes of the terminal that the script has.
fn terminal(range: Range<usize>) -> Vec<u8> {
    let digits: Vec<_> = TERMINAL.chars().filter_map(|it| it.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect::<Vec<_>>()[range].to_vec()
}

#[test]
fn the_conversation_is_played_to_its_end() {
    let digest: [u8; 32] = std::array::from_fn(|at| at as u8);
    let [first, mut second, mut third] = rounds(307);
    second[3..5].clone_from_slice(&[
        [&[0x80, 0xA2, 0x06, 0xC1, 0x00, 0x01, 0x33][..], &terminal(65..372)].concat(),
        [&[0x80, 0xA2, 0x00, 0xC1, 0x40][..], &terminal(372..436)].concat(),
    ]);
    third[0] = [&[0x00, 0x82, 0x00, 0x00, 0x60][..], &digest, &terminal(436..500)].concat();
    third[2] = jpki::compute_signature(&digest).encode().to_vec();
    assert_eq!(third[1], select(Ef::AuthKey as u16));

    let of_this = |round, commands| Box::new(RelayOrder { digest, ..*order(round, commands) });
    let mut card = Conversation::named("relay").expect("a conversation");
    let more = [second, third];
    let played = play(&mut card, of_this(1, first), soon(), |round, jobs, _| {
        send(
            jobs,
            match more.get(usize::from(round) - 1) {
                Some(commands) => CardOrder::Relay(of_this(round + 1, commands.clone())),
                None => CardOrder::Forget,
            },
        );
    });
    assert_eq!(played.trouble(), None);
    card.assert_finished();
    let figures = played.told.iter().map(|(_, figures)| figures.apdus);
    assert_eq!(figures.collect::<Vec<_>>(), [5, 6, 3]);
}
