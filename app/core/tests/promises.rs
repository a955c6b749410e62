//! What holds for any order of events: 120,000 random swaps, removals, touches and
//! late answers. A small world plays reader, card and gateway; the promises are
//! checked at every step.

mod world;

use kiosk_core::{CardTrouble, Event, GatewayTrouble, Screen, screen::Readiness};
use proptest::prelude::*;
use world::World;

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
    LineLost,
    Wait(u8),
    /// What usually comes next, so that walks get far.
    Onward,
}

fn happening() -> impl Strategy<Value = Happening> {
    use {CardTrouble as C, Happening as H};
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
        1 => Just(H::LineLost),
        1 => (0..70u8).prop_map(H::Wait),
        12 => Just(H::Onward),
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
        Happening::LineLost => world.line(GatewayTrouble::LineLost),
        Happening::Wait(seconds) => world.wait(u64::from(*seconds)),
        Happening::Onward => onward(world),
    }
}

fn onward(world: &mut World) {
    match world.screen() {
        Screen::Ready { readiness: Readiness::TakeCard, .. } | Screen::TakeCard => world.take(),
        Screen::Ready { readiness: Readiness::Starting | Readiness::LineDown(_), .. } => world.up(),
        Screen::Ready { .. } => world.event(Event::Next),
        Screen::Confirm => world.event(Event::Confirm),
        Screen::Pin { .. } => world.type_pin(),
        Screen::Card { .. } => world.put(),
        Screen::Reading if world.is_read() => world.read(usize::MAX, None),
        Screen::Reading => world.open(usize::MAX, true),
        Screen::Asking => world.answer(usize::MAX, true),
        Screen::LastTry => world.event(Event::SpendLastTry),
        Screen::Result { .. } | Screen::Sorry { .. } => world.event(Event::Close),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_200, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_events_mixes_patients(
        happenings in prop::collection::vec(happening(), 100),
    ) {
        let mut world = World::new();
        for happening in &happenings {
            happen(&mut world, happening);
        }
        world.everyone_leaves();
    }
}

#[test]
fn the_usual_way_leads_to_a_result() {
    let mut world = World::new();
    for _ in 0..200 {
        onward(&mut world);
    }
    assert!(world.results > 10, "{} results", world.results);
}
