//! Says what is being done, and for how long, once it takes more than two seconds.

use std::{
    io::{self, IsTerminal, Write},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Shorter work needs no word.
const SILENT: Duration = Duration::from_secs(2);
/// A terminal's line is drawn anew so often.
const TICK_TERMINAL: Duration = Duration::from_millis(500);
/// In a log, one line in so long is enough.
const TICK_PLAIN: Duration = Duration::from_secs(10);
/// Also there, when the program we wait for fills the log itself.
const TICK_LOUD: Duration = Duration::from_secs(60);

/// Who else writes to the terminal meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    /// Nobody: our line may be drawn over itself.
    Quiet,
    /// The program we wait for tells its own progress there; we add to a log only.
    Loud,
}

/// Shows `what` until dropped.
pub(crate) struct Progress {
    stop: Option<Sender<()>>,
    shower: Option<JoinHandle<()>>,
    began: Instant,
}

impl Progress {
    pub(crate) fn new(what: impl Into<String>, others: Others) -> Self {
        let (stop, stopped) = mpsc::channel();
        let (what, began) = (what.into(), Instant::now());
        let terminal = io::stderr().is_terminal();
        let shower = (!terminal || others == Others::Quiet).then(|| {
            thread::spawn(move || {
                let (mut wait, tick) = match (terminal, others) {
                    (true, _) => (SILENT, TICK_TERMINAL),
                    (false, Others::Quiet) => (SILENT, TICK_PLAIN),
                    (false, Others::Loud) => (TICK_LOUD, TICK_LOUD),
                };
                while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                    show(terminal, &what, began.elapsed());
                    wait = tick;
                }
                if terminal && began.elapsed() >= SILENT {
                    draw("\r\x1b[K");
                }
            })
        });
        Self { stop: Some(stop), shower, began }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(shower) = self.shower.take() {
            // A shower that panicked has shown less; the work is not concerned.
            let _ = shower.join();
        }
    }
}

fn show(terminal: bool, what: &str, elapsed: Duration) {
    let seconds = elapsed.as_secs();
    match terminal {
        true => draw(&format!("\r\x1b[K  … {what}, {seconds} s")),
        false => draw(&format!("  … {what}, {seconds} s\n")),
    }
}

fn draw(text: &str) {
    let mut out = io::stderr().lock();
    // A closed terminal must not end the work.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// `23.4 ms`, `1.25 s`, `12.3 s`, `3 min 05 s`.
pub(crate) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        ..1.0 => format!("{:.1} ms", seconds * 1000.0),
        ..10.0 => format!("{seconds:.2} s"),
        ..60.0 => format!("{seconds:.1} s"),
        _ => format!("{} min {:02} s", duration.as_secs() / 60, duration.as_secs() % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short_to_read() {
        assert_eq!(time(Duration::from_micros(23_412)), "23.4 ms");
        assert_eq!(time(Duration::from_millis(1_254)), "1.25 s");
        assert_eq!(time(Duration::from_millis(12_340)), "12.3 s");
        assert_eq!(time(Duration::from_secs(185)), "3 min 05 s");
    }
}
