//! How much memory a process has, and whether something of a person is in it or in a file.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::Path,
    process,
};

use crate::people::Secret;

/// Read at once; a secret across two pieces is found because they overlap.
const PIECE: usize = 1 << 20;

/// A worker or another child of this process, by the name of its program.
pub(crate) fn child(parent: u32, name: &str) -> Option<u32> {
    let entries = fs::read_dir("/proc").ok()?;
    entries.flatten().find_map(|entry| {
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // proc(5): `pid (name) state ppid …`
        let (pid, rest) = stat.split_once(" (")?;
        let (comm, rest) = rest.rsplit_once(") ")?;
        let its: u32 = rest.split(' ').nth(1)?.parse().ok()?;
        (comm == name && its == parent).then(|| pid.parse().ok())?
    })
}

/// What belongs to a process, in KB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// Its share of what it uses with others.
    pub(crate) pss: i64,
    /// Its own and written to: what grows when something is not given back.
    pub(crate) private_dirty: i64,
}

impl Size {
    /// Errors: the process is gone, or is none of ours.
    pub(crate) fn of(pid: u32) -> Result<Self, String> {
        let file = format!("/proc/{pid}/smaps_rollup");
        let text = fs::read_to_string(&file)
            .map_err(|error| format!("{file}: {error}; it needs root, or unshare --user"))?;
        let line = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.trim().parse().ok());
            number.ok_or_else(|| format!("{file} has no {name}"))
        };
        Ok(Self { pss: line("Pss:")?, private_dirty: line("Private_Dirty:")? })
    }

    pub(crate) fn ours() -> Result<Self, String> {
        Self::of(process::id())
    }
}

/// Which of `secrets` are in the memory of a process, by their numbers.
///
/// Errors: its memory cannot be read.
pub(crate) fn in_process(pid: u32, secrets: &[&Secret]) -> Result<BTreeSet<usize>, String> {
    let cannot = |what: &str| format!("cannot read the {what} of process {pid}");
    let maps = fs::read_to_string(format!("/proc/{pid}/maps"))
        .map_err(|error| format!("{}: {error}", cannot("map")))?;
    let mut memory = File::open(format!("/proc/{pid}/mem"))
        .map_err(|error| format!("{}: {error}", cannot("memory")))?;
    let mut found = BTreeSet::new();
    let mut seen = 0;
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (Some(range), Some(rights)) = (words.next(), words.next()) else { continue };
        // The kernel's own pages cannot be read.
        if !rights.starts_with('r') || line.ends_with("[vvar]") || line.ends_with("[vsyscall]") {
            continue;
        }
        let Some((start, end)) = range.split_once('-') else { continue };
        let number = |hex| u64::from_str_radix(hex, 16).map_err(|_| cannot("map"));
        let (start, end) = (number(start)?, number(end)?);
        if memory.seek(SeekFrom::Start(start)).is_ok() {
            // A page that went away meanwhile ends its own range only.
            seen += look_through((&mut memory).take(end - start), secrets, &mut found);
        }
    }
    match seen {
        0 => Err(cannot("memory")),
        _ => Ok(found),
    }
}

/// Every file below `folder`, links not followed: which of `secrets` it holds, as
/// `FILE holds WHAT`. Gives the number of files too.
pub(crate) fn in_files(folder: &Path, secrets: &[&Secret], told: &mut Vec<String>) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            count += in_files(&path, secrets, told);
        } else if kind.is_file()
            && let Ok(file) = File::open(&path)
        {
            count += 1;
            let mut found = BTreeSet::new();
            look_through(file, secrets, &mut found);
            let name = path.display();
            told.extend(found.iter().map(|at| format!("{name} holds {}", secrets[*at].what)));
        }
    }
    count
}

/// Gives the number of bytes that could be read.
fn look_through(mut from: impl Read, secrets: &[&Secret], found: &mut BTreeSet<usize>) -> usize {
    let longest = secrets.iter().map(|secret| secret.bytes.len()).max().unwrap_or(0);
    let mut piece = vec![0; PIECE + longest];
    let (mut kept, mut seen) = (0, 0);
    while let Ok(read) = from.read(&mut piece[kept..]) {
        if read == 0 {
            break;
        }
        seen += read;
        let filled = kept + read;
        for (at, secret) in secrets.iter().enumerate() {
            if !found.contains(&at)
                && memchr::memmem::find(&piece[..filled], &secret.bytes).is_some()
            {
                found.insert(at);
            }
        }
        kept = longest.saturating_sub(1).min(filled);
        piece.copy_within(filled - kept..filled, 0);
    }
    seen
}
