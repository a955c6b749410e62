//! Two gateways on one PostgreSQL behind a balancer: one of them is killed, wherever a check
//! is. Nobody gets a wrong result, nobody begins again more than once, and whoever comes next
//! notices nothing.

use std::{thread, time::Duration};

use kiosk_core::{GatewayTrouble, Screen, Shown, Trouble};
use whole::{
    Pair,
    desk::{Holder, NEXT, PERSON, is_of, trouble},
};

/// Whose card takes its time: 20 ms a command, 400 ms a signature.
const SLOW: Holder = Holder { card: "slow", pin: "1234", name: "緩慢　進", number: "06139990" };

/// In which the kiosk hears what has just happened to its line.
const A_MOMENT: Duration = Duration::from_millis(300);

/// How a check begins, up to the card.
#[derive(Clone, Copy, Debug)]
enum Way {
    Pin,
    Sight,
}

/// What is counted over all checks.
#[derive(Debug, Default)]
struct Count {
    checks: u32,
    /// The pages after which somebody began again.
    again: Vec<Trouble>,
}

fn up_to_the_card(pair: &Pair, way: Way, holder: Holder) {
    match way {
        Way::Pin => pair.desk.up_to_the_card(holder.pin),
        Way::Sight => pair.desk.up_to_the_card_by_sight(),
    }
}

/// A check of which the gateway that serves it is killed so long after the card came.
fn check_through_a_kill(pair: &mut Pair, count: &mut Count, way: Way, after: Duration) {
    let told = format!("{way:?}, killed {after:?} after the card came");
    up_to_the_card(pair, way, SLOW);
    pair.desk.pcscd.insert(SLOW.card);
    thread::sleep(after);
    let killed = pair.kill_who_serves();
    let shown = pair.desk.ending();
    ends_well(pair, count, (way, SLOW), &shown, &told);
    pair.desk.next_patient();
    pair.desk.wrote_nothing_of(&[SLOW], &told);
    pair.desk.passes_for(NEXT, &told);
    // It comes back, and now the other one dies.
    pair.restart(killed);
    let other = 1 - killed;
    pair.kill(other);
    check_after_a_kill(pair, count, &told);
    pair.restart(other);
}

/// Nobody was there when the gateway died; whoever comes next is served by the other.
fn check_after_a_kill(pair: &Pair, count: &mut Count, told: &str) {
    thread::sleep(A_MOMENT);
    let shown = pair.desk.check(PERSON.card, PERSON.pin);
    ends_well(pair, count, (Way::Pin, PERSON), &shown, told);
    pair.desk.next_patient();
}

/// It is the holder's result, or a page that asks to begin again; then that is enough.
fn ends_well(
    pair: &Pair,
    count: &mut Count,
    (way, holder): (Way, Holder),
    shown: &Shown,
    told: &str,
) {
    count.checks += 1;
    if let Screen::Sorry { .. } = shown.screen {
        let again = [GatewayTrouble::Unreachable, GatewayTrouble::Stale].map(Trouble::from);
        assert!(again.contains(&trouble(shown)), "{told}: {:?}", shown.screen);
        count.again.push(trouble(shown));
        pair.desk.wait_unpowered(told);
        pair.desk.next_patient();
        up_to_the_card(pair, way, holder);
        pair.desk.pcscd.insert(holder.card);
        is_of(&pair.desk.ending(), holder, &format!("{told}: the second time"));
    } else {
        is_of(shown, holder, told);
    }
    pair.desk.wait_unpowered(told);
}

#[test]
fn a_gateway_dies_in_the_middle_of_checks() {
    let mut pair = Pair::new();
    let mut count = Count::default();
    // From the first command to after the result: such a check takes some 800 ms by PIN and
    // twice that by sight.
    for way in [Way::Pin, Way::Sight] {
        for step in [0, 150, 350, 500, 650, 800, 1100, 1400] {
            check_through_a_kill(&mut pair, &mut count, way, Duration::from_millis(step));
        }
    }
    println!("{count:?}; connections went to {:?}", pair.balancer.given());
}

#[test]
fn a_gateway_dies_between_two_checks_and_before_the_card() {
    let mut pair = Pair::new();
    let mut count = Count::default();
    for _ in 0..2 {
        // Nobody is there, and the line is warm.
        pair.desk.wait_may_begin();
        let killed = pair.kill_who_serves();
        check_after_a_kill(&pair, &mut count, "idle");
        pair.restart(killed);
        pair.desk.passes_for(NEXT, "idle");

        // The check is open; whoever opened it dies. The other one knows of it.
        for way in [Way::Pin, Way::Sight] {
            up_to_the_card(&pair, way, PERSON);
            thread::sleep(A_MOMENT);
            let killed = pair.kill_who_serves();
            pair.desk.pcscd.insert(PERSON.card);
            let shown = pair.desk.ending();
            ends_well(&pair, &mut count, (way, PERSON), &shown, "before the card");
            pair.desk.next_patient();
            pair.restart(killed);
            pair.desk.passes_for(NEXT, "before the card");
        }
    }
    println!("{count:?}");
}

#[test]
fn both_serve_and_either_knows_what_the_other_did() {
    let pair = Pair::new();
    for _ in 0..3 {
        pair.desk.passes_for(PERSON, "in turn");
        let shown = pair.desk.check_by_sight(NEXT.card);
        is_of(&shown, NEXT, "in turn, by sight");
        pair.desk.next_patient();
    }
    let given = pair.balancer.given();
    assert!(given.contains(&0) && given.contains(&1), "{given:?}");
}
