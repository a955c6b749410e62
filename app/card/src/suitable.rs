//! Whose certificate belongs in front of this gateway (D10).

use card::{Certificate, certificate::Policy};
use kiosk_core::{CardTrouble, Date, proof::Hierarchy};

/// The last day of a whole certificate that fits `hierarchy`.
///
/// Errors: it is none; it belongs to the other world, or to neither.
pub(crate) fn last_day(der: &[u8], hierarchy: Hierarchy) -> Result<Date, CardTrouble> {
    let facts = Certificate::read(der).map_err(|_| CardTrouble::Unreadable)?;
    match (facts.policy, hierarchy) {
        (Policy::Production, Hierarchy::Production) | (Policy::Test, Hierarchy::Test) => {
            let day = facts.not_after;
            Date::new(day.year, day.month, day.day).map_err(|_| CardTrouble::Unreadable)
        }
        _ => Err(CardTrouble::WrongHierarchy),
    }
}
