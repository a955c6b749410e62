//! Reads device journals: `kiosk-journal verify FILE…`, the oldest file first, or
//! `kiosk-journal show FILE`.
#![forbid(unsafe_code)]

use std::{
    env,
    error::Error,
    ffi::OsString,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use kiosk_process::{
    files,
    journal::{Chain, Entry, Lines},
};

const USAGE: &str = "\
usage: kiosk-journal verify FILE…
           whether the entries are one chain; several files of one device, the oldest first
       kiosk-journal show FILE
           the entries as a table";

/// Sixteen times what a kiosk lets a file grow to.
const FILE_MAX: u64 = 16 * 1024 * 1024;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let mut out = io::BufWriter::new(io::stdout().lock());
    match run(&arguments, &mut out).and_then(|()| Ok(out.flush()?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) if is_broken_pipe(&*problem) => ExitCode::SUCCESS,
        Err(problem) => {
            // What was found before it.
            let _ = out.flush();
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// Whoever reads has seen enough.
fn is_broken_pipe(problem: &(dyn Error + 'static)) -> bool {
    let problem = problem.downcast_ref::<io::Error>();
    problem.is_some_and(|problem| problem.kind() == io::ErrorKind::BrokenPipe)
}

fn run(arguments: &[OsString], out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    match arguments {
        [verb, files @ ..] if verb == "verify" && !files.is_empty() => verify(files, out),
        [verb, file] if verb == "show" => show(file.as_ref(), out),
        _ => Err(USAGE.into()),
    }
}

fn verify(files: &[OsString], out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut chain: Option<Chain> = None;
    let (mut first, mut last, mut count) = (None, None, 0);
    for file in files {
        let lines = read(file.as_ref(), chain)?;
        if let Some(broken) = lines.broken {
            let (file, good) = (file.display(), lines.entries.len());
            return Err(format!("{file}: {broken}; the {good} before it in this file hold").into());
        }
        count += lines.entries.len();
        chain = lines.entries.last().map(|_| lines.end).or(chain);
        first = first.or_else(|| lines.entries.first().cloned());
        last = lines.entries.last().cloned().or(last);
    }
    let (Some(first), Some(last)) = (first, last) else {
        return Ok(writeln!(out, "no entries")?);
    };
    writeln!(out, "the chain holds: {count} entries, {} to {}", first.seq, last.seq)?;
    writeln!(out, "from {} to {}", first.time, last.time)?;
    if first.seq > 1 {
        writeln!(out, "older entries are not in these files")?;
    }
    Ok(())
}

fn show(file: &Path, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let lines = read(file, None)?;
    writeln!(
        out,
        "{:>6}  {:20}  {:10}  {:6}  {:36}  outcome",
        "entry", "time", "who", "method", "check"
    )?;
    for Entry { seq, time, who, method, check, outcome, .. } in &lines.entries {
        writeln!(out, "{seq:>6}  {time:20}  {who:10}  {method:6}  {check:36}  {outcome}")?;
    }
    match lines.broken {
        None => Ok(()),
        Some(broken) => {
            Err(format!("{}: {broken}; nothing after it is shown", file.display()).into())
        }
    }
}

fn read(file: &Path, before: Option<Chain>) -> Result<Lines, Box<dyn Error>> {
    let cannot = |problem: io::Error| format!("cannot read {}: {problem}", file.display());
    let bytes = files::read(file, FILE_MAX)
        .and_then(|bytes| bytes.ok_or_else(|| io::ErrorKind::NotFound.into()))
        .map_err(cannot)?;
    Ok(Lines::read(&bytes, before))
}
