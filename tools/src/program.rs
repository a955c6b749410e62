//! A program of ours (or pcscd, or an X server) that runs beside the runner. What it
//! says goes to a log file, and line by line to whoever waits for a word of it.

use std::{
    collections::VecDeque,
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};

use crate::{
    descendants,
    progress::{Others, Progress},
    stop::Stop,
};

/// Lines kept for a waiter. A program nobody listens to loses what it says beyond this
/// (not in its log file): it must never stand still because of us.
const LINES_KEPT: usize = 4096;
/// So many lines show why a program failed.
const LAST_WORDS: usize = 6;
/// Ctrl-C is noticed this fast.
const TURN: Duration = Duration::from_millis(100);

/// A running program. It is ended by [`descendants::end_all`], with all others.
pub(crate) struct Program {
    name: String,
    child: Child,
    lines: Receiver<String>,
    last: VecDeque<String>,
    log: PathBuf,
}

impl Program {
    /// Starts `command`; its words go to `LOGS/NAME.log`.
    ///
    /// It leaves with the runner, even when that is killed, and has a process group of
    /// its own, so that Ctrl-C in a terminal reaches the runner alone.
    pub(crate) fn start(name: &str, command: &Command, logs: &Path) -> Result<Self, Stop> {
        let log = logs.join(format!("{name}.log"));
        // A program that comes back goes on where it was.
        let file = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .map_err(Stop::because(format!("cannot write {}", log.display())))?;
        let mut child = bound_to_us(command)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(Stop::because(format!("cannot start {name}")))?;
        let file = Arc::new(Mutex::new(file));
        let (sender, lines) = mpsc::sync_channel(LINES_KEPT);
        let out = child.stdout.take().expect("piped above");
        let err = child.stderr.take().expect("piped above");
        listen(out, Arc::clone(&file), sender.clone());
        listen(err, file, sender);
        Ok(Self { name: name.to_owned(), child, lines, last: VecDeque::new(), log })
    }

    /// Waits for a line that `meaning` understands.
    ///
    /// Errors: the program ended, or `patience` did; both with its last words.
    pub(crate) fn wait<T>(
        &mut self,
        what: &str,
        patience: Duration,
        mut meaning: impl FnMut(&str) -> Option<T>,
    ) -> Result<T, Stop> {
        let progress = Progress::new(format!("waiting for {what}"), Others::Quiet);
        let began = Instant::now();
        while began.elapsed() < patience {
            match self.lines.recv_timeout(TURN) {
                Ok(line) => {
                    let found = meaning(&line);
                    self.remember(line);
                    if let Some(found) = found {
                        return Ok(found);
                    }
                }
                Err(RecvTimeoutError::Timeout) if !descendants::interrupted() => {}
                Err(RecvTimeoutError::Timeout) => return Err(Stop::Interrupted),
                Err(RecvTimeoutError::Disconnected) => {
                    drop(progress);
                    return Err(self.failed(&format!("ended before {what}")));
                }
            }
        }
        drop(progress);
        Err(self.failed(&format!("gave no sign of {what} in {} s", patience.as_secs())))
    }

    /// Prints what the program says, until it ends or Ctrl-C comes.
    pub(crate) fn follow(&mut self) -> Result<(), Stop> {
        loop {
            match self.lines.recv_timeout(TURN) {
                Ok(line) => println!("{line}"),
                Err(RecvTimeoutError::Timeout) if !descendants::interrupted() => {}
                Err(RecvTimeoutError::Timeout) => return Err(Stop::Interrupted),
                Err(RecvTimeoutError::Disconnected) if descendants::interrupted() => {
                    return Err(Stop::Interrupted);
                }
                Err(RecvTimeoutError::Disconnected) => return Err(self.failed("ended")),
            }
        }
    }

    /// Ends it as a power cut would.
    pub(crate) fn stop(mut self) -> Result<(), Stop> {
        self.child.kill().map_err(Stop::because("cannot end a program"))?;
        self.child.wait().map_err(Stop::because("cannot end a program")).map(drop)
    }

    /// Hears every line until the program ends, and gives how it ended.
    ///
    /// Errors: Ctrl-C.
    pub(crate) fn to_its_end(&mut self, mut heard: impl FnMut(&str)) -> Result<ExitStatus, Stop> {
        loop {
            match self.lines.recv_timeout(TURN) {
                Ok(line) => heard(&line),
                Err(RecvTimeoutError::Timeout) if !descendants::interrupted() => {}
                Err(RecvTimeoutError::Timeout) => return Err(Stop::Interrupted),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.child.wait().map_err(Stop::because(format!("cannot wait for {}", self.name)))
    }

    /// Ends it in good order.
    pub(crate) fn end(mut self) -> Result<(), Stop> {
        let cannot = format!("cannot end {}", self.name);
        // One that has ended already is as it should be.
        let _ = signal::kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM);
        self.child.wait().map(drop).map_err(Stop::because(cannot))
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    fn remember(&mut self, line: String) {
        if self.last.len() == LAST_WORDS {
            self.last.pop_front();
        }
        self.last.push_back(line);
    }

    fn failed(&self, what: &str) -> Stop {
        let skipped = self.last.len().saturating_sub(LAST_WORDS);
        let last: String =
            self.last.iter().skip(skipped).map(|line| format!("  {line}\n")).collect();
        Stop::Failed(format!(
            "{} {what}. Its last words:\n{last}All of them: {}",
            self.name,
            self.log.display()
        ))
    }
}

/// `command`, which the kernel ends when the runner ends.
///
/// The kernel means the *thread* that started it, so programs are started by the main
/// thread only.
fn bound_to_us(command: &Command) -> Command {
    let mut bound = Command::new("setpriv");
    bound.args(["--pdeathsig", "TERM", "--"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => bound.env(name, value),
            None => bound.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        bound.current_dir(folder);
    }
    bound
}

fn listen(stream: impl Read + Send + 'static, log: Arc<Mutex<File>>, sender: SyncSender<String>) {
    thread::spawn(move || {
        // A stream that cannot be read has ended, as far as we are concerned.
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut log = log.lock().expect("no listener panics while it writes");
            // A full disk must not stop the program; the line still reaches the waiter.
            let _ = writeln!(log, "{line}");
            // Full: nobody listens. Disconnected: nobody will.
            let _ = sender.try_send(line);
        }
    });
}

/// Runs `command` to its end, with `input` on its standard input, and gives what it
/// printed.
///
/// Errors: it cannot be started, or did not succeed; with what it said.
pub(crate) fn ask(what: &str, command: &mut Command, input: &str) -> Result<String, Stop> {
    let progress = Progress::new(what, Others::Quiet);
    let output = output(command, input).map_err(Stop::because(format!("cannot {what}")))?;
    drop(progress);
    if descendants::interrupted() {
        return Err(Stop::Interrupted);
    }
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    match output.status.success() {
        true => Ok(out),
        false => Err(Stop::Failed(format!(
            "cannot {what} ({}):\n{out}{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ))),
    }
}

fn output(command: &mut Command, input: &str) -> std::io::Result<Output> {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut stdin: ChildStdin = child.stdin.take().expect("piped above");
    // A program that does not want its input may close it: its status tells the story.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output()
}
