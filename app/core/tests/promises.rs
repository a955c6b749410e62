//! What holds for any order of events: 120,000 random swaps, removals, touches and
//! late answers. A small world plays reader, card and gateway; the promises are
//! checked at every step.

mod world;

use kiosk_core::{
    CardTrouble, Consents, Event, GatewayTrouble, Screen, check::Said, proof::Method,
    screen::Readiness,
};
use proptest::prelude::*;
use world::{Awaited, Round, World};

/// One thing that may happen.
#[derive(Clone, Debug)]
enum Happening {
    Put,
    Take,
    Swap,
    Mute,
    Touch(u8),
    /// Four digits and 次へ.
    Pin,
    /// The gateway answers an `OpenCheck`, any of those asked so far.
    Open(usize, bool),
    /// The card process answers, any order so far.
    Read(usize, Option<CardTrouble>),
    /// The gateway answers a proof, any so far.
    Answer(usize, bool),
    /// The staff code is compared.
    Code(bool),
    /// The gateway's side of a relay, and the card's; any round so far.
    Relay(usize, Round),
    CardRound(usize, Option<CardTrouble>),
    /// The reception PC has a result, any so far.
    Handover(usize),
    Offer(bool),
    LineLost,
    Wait(u8),
    /// What usually comes next, so that walks get far.
    Onward,
}

fn happening() -> impl Strategy<Value = Happening> {
    use {CardTrouble as C, Happening as H};
    let round =
        prop_oneof![3 => Just(Round::Next), 1 => Just(Round::Done), 1 => Just(Round::Trouble)];
    let lost =
        prop_oneof![2 => Just(None), 1 => Just(Some(C::Removed)), 1 => Just(Some(C::NoCard))];
    let trouble = prop_oneof![
        4 => Just(None),
        1 => Just(Some(C::Removed)),
        1 => Just(Some(C::NoCard)),
        1 => Just(Some(C::WrongPin { tries_left: 2 })),
        1 => Just(Some(C::PinBlocked)),
        1 => any::<u8>().prop_map(|n| Some(C::LastTry { card: kiosk_core::Presence(n.into()) })),
    ];
    prop_oneof![
        3 => Just(H::Put),
        2 => Just(H::Take),
        2 => Just(H::Swap),
        1 => Just(H::Mute),
        4 => any::<u8>().prop_map(H::Touch),
        2 => Just(H::Pin),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(n, ok)| H::Open(n, ok)),
        2 => (any::<usize>(), trouble).prop_map(|(n, it)| H::Read(n, it)),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(n, ok)| H::Answer(n, ok)),
        2 => any::<bool>().prop_map(H::Code),
        2 => (any::<usize>(), round).prop_map(|(n, it)| H::Relay(n, it)),
        2 => (any::<usize>(), lost).prop_map(|(n, it)| H::CardRound(n, it)),
        2 => any::<usize>().prop_map(H::Handover),
        1 => any::<bool>().prop_map(H::Offer),
        1 => Just(H::LineLost),
        1 => (0..70u8).prop_map(H::Wait),
        16 => Just(H::Onward),
    ]
}

fn happen(world: &mut World, happening: &Happening) {
    match happening {
        Happening::Put => world.put(),
        Happening::Take => world.take(),
        Happening::Swap => {
            world.take();
            world.put();
        }
        Happening::Mute => world.mute(),
        Happening::Touch(which) => world.touch(*which),
        Happening::Pin => world.type_pin(),
        Happening::Open(which, ok) => world.open(*which, *ok),
        Happening::Read(which, trouble) => world.read(*which, *trouble),
        Happening::Answer(which, ok) => world.answer(*which, *ok),
        Happening::Code(right) => world.compare(*right),
        Happening::Relay(which, round) => world.relay(*which, *round),
        Happening::CardRound(which, trouble) => world.card_round(*which, *trouble),
        Happening::Handover(which) => world.hand_over(*which),
        Happening::Offer(all) => world.offer(if *all { Consents::ALL } else { Consents::NONE }),
        Happening::LineLost => world.line(GatewayTrouble::LineLost),
        Happening::Wait(seconds) => world.wait(u64::from(*seconds)),
        Happening::Onward => onward(world),
    }
}

fn onward(world: &mut World) {
    match world.screen() {
        Screen::Ready { readiness: Readiness::TakeCard, .. } | Screen::TakeCard => world.take(),
        Screen::Ready { readiness: Readiness::Starting, .. } | Screen::Outage { .. } => world.up(),
        Screen::Ready { .. } | Screen::Compare => world.event(Event::Next),
        Screen::Phones => world.touch(11),
        Screen::Staff { .. } => {
            world.type_pin();
            world.compare(true);
        }
        Screen::Confirm => world.event(Event::Confirm),
        Screen::Pin { .. } => world.type_pin(),
        Screen::Consents { .. } => world.event(Event::Consent(Said::OneByOne)),
        Screen::Consent { .. } => world.event(Event::Consent(Said::Yes)),
        Screen::Card { .. } => world.put(),
        Screen::Reading => match world.awaited() {
            Awaited::Card => world.read(usize::MAX, None),
            Awaited::Gateway => world.open(usize::MAX, true),
            Awaited::CardRound => world.card_round(usize::MAX, None),
            Awaited::GatewayRound(0 | 1) => world.relay(usize::MAX, Round::Next),
            Awaited::GatewayRound(_) => world.relay(usize::MAX, Round::Done),
        },
        Screen::Asking => world.answer(usize::MAX, true),
        Screen::LastTry => world.event(Event::SpendLastTry),
        Screen::Result { .. }
        | Screen::Sorry { .. }
        | Screen::Menu(_)
        | Screen::Languages
        | Screen::Cleaning { .. } => world.event(Event::Close),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_200, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_events_mixes_patients(
        visual in any::<bool>(),
        happenings in prop::collection::vec(happening(), 100),
    ) {
        let mut world = World::new(if visual { Method::Visual } else { Method::Pin });
        for happening in &happenings {
            happen(&mut world, happening);
        }
        world.everyone_leaves();
    }
}

#[test]
fn the_usual_way_leads_to_a_result() {
    for method in [Method::Pin, Method::Visual] {
        let mut world = World::new(method);
        for _ in 0..250 {
            onward(&mut world);
        }
        assert!(world.results > 10, "{method:?}: {} results", world.results);
    }
}
