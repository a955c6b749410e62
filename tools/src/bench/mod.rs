//! The bench: the release programs, a virtual card without latency, and a stop watch.
//!
//! One scenario is one function that adds rows to [`figures::Figures`]; [`SCENARIOS`] names
//! them all. `surroundings` is what they have in common. What a clock outside the programs
//! cannot see is measured by the program `measure` of `tests/`, which says a line a figure.
//! Nothing here says what is good: the figures are told, and that is all.

pub(crate) mod checks;
pub(crate) mod figures;
pub(crate) mod gateway;
pub(crate) mod machine;
pub(crate) mod reader;
pub(crate) mod screen;
pub(crate) mod surroundings;
pub(crate) mod witnesses;

use figures::Figures;
use surroundings::Surroundings;

use crate::stop::Stop;

/// Measures one thing, or a few that come from the same run.
type Scenario = fn(&mut Surroundings, &mut Figures) -> Result<(), Stop>;

/// In the order in which they run.
pub(crate) const SCENARIOS: &[(&str, Scenario)] = &[
    ("card events and commands", reader::measure),
    ("checks by PIN", checks::pin),
    ("checks by 目視", checks::visual),
    ("checks by PIN, 20 ms a command", checks::slow),
    ("other programs at the same work", witnesses::measure),
    ("first frame and memory", screen::kiosk),
    ("the same page in Chromium", screen::chromium),
    ("from touch to pixels", screen::touch),
    ("gateway under load", gateway::load),
];
