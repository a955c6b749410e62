//! The guest's clock, read from outside: the main counter of the HPET. It runs on QEMU's virtual
//! clock, and the kernel sets it to 0 early in its start ([`begin`]).

use serde_json::json;

use crate::{image::qmp::Qmp, stop::Stop};

/// Of the main counter, at its fixed address, as one number of 8 bytes.
const COUNTER: &str = "xp /1gx 0xfed000f0";
/// QEMU's HPET counts in 10 ns.
const PER_SECOND: f64 = 1e8;

/// Seconds since the kernel started it; 0 before.
///
/// Errors: QEMU ended, or has no such memory.
pub(crate) fn read(qmp: &mut Qmp) -> Result<f64, Stop> {
    let said = qmp.execute("human-monitor-command", json!({"command-line": COUNTER}))?;
    let said = said.as_str().unwrap_or_default();
    seconds(said).ok_or_else(|| {
        Stop::Failed(format!("QEMU gives no counter of the HPET, the machine's clock: {said}"))
    })
}

/// How long the kernel had run when it set the counter to 0, by its own log; some 0.4 s.
///
/// Errors: the log does not say it.
pub(crate) fn begin(log: &[String]) -> Result<f64, Stop> {
    let line = log.iter().find(|line| line.contains("] clocksource: hpet:"));
    let time = line.and_then(|line| line.strip_prefix('[')?.split_once(']')?.0.trim().parse().ok());
    time.ok_or_else(|| {
        Stop::Failed("the kernel's log does not say when it set the HPET going".to_owned())
    })
}

/// `00000000fed000f0: 0x0000000000000000`
fn seconds(said: &str) -> Option<f64> {
    let (_, number) = said.split_once(": 0x")?;
    let ticks = u64::from_str_radix(number.trim(), 16).ok()?;
    #[expect(clippy::cast_precision_loss, reason = "2^53 ticks are a thousand days")]
    Some(ticks as f64 / PER_SECOND)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_log_says_when_the_counter_began() {
        let log =
            ["[    0.027771] ACPI: HPET 0x3EB77000", "[    0.407867] clocksource: hpet: mask"];
        let mut log = log.map(str::to_owned).to_vec();
        assert!((super::begin(&log).expect("said") - 0.407_867).abs() < 1e-9);
        log.pop();
        assert!(super::begin(&log).is_err());
    }

    #[test]
    fn a_tick_is_ten_nanoseconds() {
        let seconds = super::seconds("00000000fed000f0: 0x000000000bebc200\r\n");
        assert!((seconds.expect("understood") - 2.0).abs() < 1e-9);
        assert_eq!(super::seconds("Cannot access memory"), None);
    }
}
