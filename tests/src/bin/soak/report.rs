//! The figures of a soak.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::{
    check::{Broken, Outcome, Way},
    fault::Fault,
};

/// Counted while it runs.
#[derive(Debug, Default)]
pub(crate) struct Report {
    faults: BTreeMap<Fault, Row>,
    visual: u64,
    phones: u64,
    typed_wrong: u32,
    spent: u32,
    wrong_results: u32,
    stuck: u32,
    other_tries: u32,
    /// The largest of the three processes' growth.
    pub(crate) growth_kb: i64,
    pub(crate) seconds: f64,
}

#[derive(Debug, Default)]
struct Row {
    checks: u64,
    results: u64,
    troubles: BTreeMap<&'static str, u64>,
    slowest_end: Duration,
    slowest_back: Duration,
}

impl Report {
    pub(crate) fn add(&mut self, way: Way, fault: Fault, outcome: &Outcome) {
        match way {
            Way::Pin => {}
            Way::Visual => self.visual += 1,
            Way::Phone(_) => self.phones += 1,
        }
        let row = self.faults.entry(fault).or_default();
        row.checks += 1;
        match outcome.trouble {
            Some(code) => *row.troubles.entry(code).or_default() += 1,
            None => row.results += 1,
        }
        row.slowest_end = row.slowest_end.max(outcome.time);
        row.slowest_back = row.slowest_back.max(outcome.back);
        self.typed_wrong += outcome.typed_wrong;
        self.spent += outcome.spent;
    }

    pub(crate) fn broken(&mut self, broken: &Broken) {
        match broken {
            Broken::WrongResult(_) => self.wrong_results += 1,
            Broken::Stuck(_) => self.stuck += 1,
            Broken::Try(_) => self.other_tries += 1,
        }
    }

    fn checks(&self) -> u64 {
        self.faults.values().map(|row| row.checks).sum()
    }

    /// One flat object.
    pub(crate) fn json(&self) -> String {
        format!(
            "{{\n  \"soak_checks\": {},\n  \"soak_seconds\": {:.1},\n  \
             \"soak_wrong_results\": {},\n  \"soak_tries_beyond\": {},\n  \
             \"soak_stuck_pages\": {},\n  \"growth_kb\": {}\n}}\n",
            self.checks(),
            self.seconds,
            self.wrong_results,
            i64::from(self.spent) - i64::from(self.typed_wrong) + i64::from(self.other_tries),
            self.stuck,
            self.growth_kb
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "  {:<20} {:>7} {:>8} {:>9} {:>12} {:>12}  troubles",
            "fault", "checks", "results", "troubles", "slowest end", "slowest back"
        )?;
        for (fault, row) in &self.faults {
            let told: Vec<String> =
                row.troubles.iter().map(|(code, count)| format!("{code} {count}")).collect();
            writeln!(
                f,
                "  {:<20} {:>7} {:>8} {:>9} {:>10} ms {:>9} ms  {}",
                format!("{fault:?}"),
                row.checks,
                row.results,
                row.troubles.values().sum::<u64>(),
                row.slowest_end.as_millis(),
                row.slowest_back.as_millis(),
                told.join(", ")
            )?;
        }
        let rate = self.checks() as f64 / self.seconds.max(0.001);
        writeln!(f, "{} checks in {:.0} s, {rate:.1} a second", self.checks(), self.seconds)?;
        writeln!(f, "of these {} by 目視, {} with a phone", self.visual, self.phones)?;
        writeln!(f, "{} wrong PINs typed, {} tries charged", self.typed_wrong, self.spent)?;
        write!(
            f,
            "{} wrong results, {} tries beyond those typed, {} stuck pages, {} KB growth at most",
            self.wrong_results, self.other_tries, self.stuck, self.growth_kb
        )
    }
}
