//! What happens to a check: one more kind is a variant, its place in [`Fault::ALL`], and an
//! arm of [`Fault::strike`] or [`Fault::answer`] (with one of [`Fault::mend`], where somebody
//! must mend it).

use std::{thread, time::Duration};

use whole::programs::WORKERS;

use crate::{dice::Dice, station, world::World};

/// One thing that goes wrong, at a random moment after the card was laid down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Nothing goes wrong.
    None,
    /// The holder mistypes once.
    WrongPin,
    /// The card is pulled.
    Pulled,
    /// Another card lies there, faster than any hand.
    Swapped,
    /// A command takes up to 300 ms longer.
    SlowCommand,
    /// The reader is unplugged.
    Unplugged,
    PcscdKilled,
    GatewayKilled,
    /// A command gets one of [`STATUS_WORDS`] and no data.
    Status,
    /// A command gets no answer, and the card stays.
    Mute,
    /// One byte, which is no status word.
    Short,
    /// 256 bytes that mean nothing, and 9000.
    Garbage,
    /// More than any short command can ask for, and 9000.
    Oversize,
    /// Files without an end.
    Endless,
    /// A command is never answered: the kiosk ends the card process.
    Hung,
    CardProcessKilled,
    LineProcessKilled,
}

/// How often a fault comes, in so many parts of the sum; and whether a process of the kiosk
/// ends by it. Those have a part of the soak of their own, so that the memory of the
/// others can be followed from its beginning to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance {
    pub(crate) fault: Fault,
    weight: u64,
    ends_a_process: bool,
}

const fn gentle(fault: Fault, weight: u64) -> Chance {
    Chance { fault, weight, ends_a_process: false }
}

const fn rough(fault: Fault, weight: u64) -> Chance {
    Chance { fault, weight, ends_a_process: true }
}

/// What a card may say in place of an answer. 63Cx and 6983 are not here: a card that says
/// so of its PIN is believed, and that page is another test's.
const STATUS_WORDS: &[&str] = &[
    "6100", "6110", "6300", "6700", "6982", "6985", "6986", "6A82", "6A86", "6C10", "6D00", "6F00",
];

/// No check has more commands.
const COMMANDS: u64 = 21;

/// Longer than most readers take for a command.
const SLOW: Duration = Duration::from_millis(300);

impl Fault {
    pub(crate) const ALL: &[Chance] = &[
        gentle(Self::None, 600),
        gentle(Self::WrongPin, 120),
        gentle(Self::Pulled, 140),
        gentle(Self::Swapped, 80),
        gentle(Self::SlowCommand, 40),
        gentle(Self::Unplugged, 10),
        gentle(Self::PcscdKilled, 6),
        gentle(Self::GatewayKilled, 6),
        gentle(Self::Status, 60),
        gentle(Self::Mute, 20),
        gentle(Self::Short, 20),
        gentle(Self::Garbage, 30),
        gentle(Self::Oversize, 20),
        gentle(Self::Endless, 20),
        rough(Self::Hung, 4),
        rough(Self::CardProcessKilled, 30),
        rough(Self::LineProcessKilled, 30),
    ];

    /// Rolls one; with `rough` those that end a process of the kiosk are among them.
    pub(crate) fn roll(dice: &mut Dice, rough: bool) -> Self {
        let may = || Self::ALL.iter().filter(|it| rough || !it.ends_a_process);
        let mut at = dice.below(may().map(|it| it.weight).sum());
        for chance in may() {
            match at.checked_sub(chance.weight) {
                Some(rest) => at = rest,
                None => return chance.fault,
            }
        }
        Self::None
    }

    /// Whether the check must end with a result all the same.
    pub(crate) fn is_harmless(self) -> bool {
        matches!(self, Self::None | Self::WrongPin | Self::SlowCommand)
    }

    /// What a command gets in place of its answer, for the reader's `fault`.
    fn answer(self, dice: &mut Dice) -> Option<String> {
        Some(match self {
            Self::Status => format!("sw {}", dice.one(STATUS_WORDS)),
            Self::Mute => "mute".into(),
            Self::Short => "short".into(),
            Self::Garbage => "garbage".into(),
            Self::Oversize => "oversize".into(),
            Self::Endless => "endless".into(),
            _ => return None,
        })
    }

    /// The order to the reader that must be there before the card is; it names the command,
    /// from 1, that is struck.
    pub(crate) fn order(self, dice: &mut Dice) -> Option<String> {
        let answer = self.answer(dice)?;
        Some(format!("fault {} {answer}", 1 + dice.below(COMMANDS)))
    }

    /// Whether it strikes at a moment, and not with the card or its PIN.
    pub(crate) fn has_a_moment(self) -> bool {
        use Fault::{Endless, Garbage, Mute, None, Oversize, Short, Status, WrongPin};
        !matches!(self, None | WrongPin | Status | Mute | Short | Garbage | Oversize | Endless)
    }

    /// Makes it happen now. `other` is a card that nobody has laid down.
    pub(crate) fn strike(self, world: &mut World, other: &str, dice: &mut Dice) {
        match self {
            Self::None
            | Self::WrongPin
            | Self::Status
            | Self::Mute
            | Self::Short
            | Self::Garbage
            | Self::Oversize
            | Self::Endless => {}
            Self::Pulled => drop(world.hand("remove")),
            Self::Swapped => drop(world.hand(&format!("swap {other}"))),
            Self::SlowCommand => {
                world.hand("hang");
                thread::sleep(dice.time(SLOW));
                world.hand("release");
            }
            Self::Unplugged => drop(world.hand("unplug")),
            Self::PcscdKilled => world.kill_pcscd(),
            Self::GatewayKilled => world.kill_gateway(),
            Self::Hung => drop(world.hand("hang")),
            Self::CardProcessKilled => station::crash(WORKERS[0]),
            Self::LineProcessKilled => station::crash(WORKERS[1]),
        }
    }

    /// Sets right what does not come back by itself.
    pub(crate) fn mend(self, world: &mut World) {
        match self {
            Self::Unplugged => drop(world.hand("plug")),
            Self::PcscdKilled => world.restart_pcscd(),
            Self::GatewayKilled => world.restart_gateway(),
            Self::Hung => drop(world.hand("release")),
            // It may have been meant for a command that never came.
            Self::Status
            | Self::Mute
            | Self::Short
            | Self::Garbage
            | Self::Oversize
            | Self::Endless => drop(world.hand("fault off")),
            Self::None
            | Self::WrongPin
            | Self::Pulled
            | Self::Swapped
            | Self::SlowCommand
            | Self::CardProcessKilled
            | Self::LineProcessKilled => {}
        }
    }
}
