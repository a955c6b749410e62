//! What is in the memory of a running unit, seen from outside: which processes run, with which
//! sockets, what is mounted, and whether some bytes are there. Nothing on the unit takes part.
//!
//! ```text
//! QEMU ─▶ memory.elf ─▶ crash, with the kernel's symbols ─▶ text ─▶ processes, sockets, mounts
//!                   └─▶ search
//! ```

use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::{
    image::{
        crash::{self, Start},
        elf, kernel,
        machine::Running,
        tree::Tree,
    },
    places,
    progress::{Others, Progress},
    stop::Stop,
};

/// In the work folder; as large as the machine's memory.
const DUMP: &str = "memory.elf";
/// In the work folder: the kernel with its symbols.
const SYMBOLS: &str = "vmlinux";
/// What is compared at once with nothing: most of a memory is empty.
const BLOCK: usize = 64;
const CHUNK: usize = 1 << 20;

/// The memory of a unit at one moment.
pub(crate) struct Memory {
    dump: PathBuf,
    /// Processes, sockets, mounts, and what the kernel said.
    pub(crate) running: crash::Running,
}

impl Memory {
    /// Takes the memory of `machine`, which stands still meanwhile (a second), and reads it
    /// (ten more). A memory that was taken before is written over.
    ///
    /// Errors: the disk is full; the image was made with another kernel.
    pub(crate) fn of(machine: &mut Running, tools: &Tree) -> Result<Self, Stop> {
        let _progress = Progress::new("reading the unit's memory", Others::Quiet);
        let dump = tools.work(DUMP);
        let to = format!("file:/work/{DUMP}");
        machine.qmp.execute("dump-guest-memory", json!({"paging": false, "protocol": to}))?;
        bring_symbols(tools)?;
        let start = crash::start(&ask(tools, &["--minimal"], crash::WHERE)?)?;
        forget_stacks(&dump, &start)?;
        let said = ask(tools, &["--no_kmem_cache", "--no_panic"], crash::WHAT)?;
        Ok(Self { dump, running: crash::read(&said)? })
    }

    /// Whether each of `wanted` is anywhere in the memory: kernel's, programs' or nobody's any
    /// more. What lies across two pages may lie apart, and is not found then.
    ///
    /// Errors: another memory was taken meanwhile, and removed.
    pub(crate) fn holds(&self, wanted: &[&[u8]]) -> Result<Vec<bool>, Stop> {
        let _progress = Progress::new("searching the unit's memory", Others::Quiet);
        let file = File::open(&self.dump).map_err(Stop::because(self.dump.display()))?;
        search(file, wanted).map_err(Stop::because(self.dump.display()))
    }
}

/// The symbols of the kernel that the image was made with lie beside it in the cache, which
/// programs of the tools tree do not see.
fn bring_symbols(tools: &Tree) -> Result<(), Stop> {
    let kernel = kernel::build(tools)?;
    let (from, to) = (kernel.with_file_name(SYMBOLS), tools.work(SYMBOLS));
    places::remove_file(&to)?;
    fs::hard_link(&from, &to)
        .or_else(|_| fs::copy(&from, &to).map(drop))
        .map_err(Stop::because(from.display()))
}

/// Lets `crash` answer `questions`.
fn ask(tools: &Tree, how: &[&str], questions: &str) -> Result<String, Stop> {
    const QUESTIONS: &str = "memory.questions";
    let file = tools.work(QUESTIONS);
    fs::write(&file, questions).map_err(Stop::because(file.display()))?;
    // The kernel lies elsewhere at every start.
    let all = ["--kaslr=auto", "-s", "-i", QUESTIONS, SYMBOLS, DUMP];
    tools.run("read the unit's memory", "crash", how.iter().chain(&all))
}

/// A `crash` before 8.0.7 gives up over stacks of exceptions that a kernel knows and has not: ours
/// has none for machine checks and encrypted guests. Their addresses are taken out of the dump.
fn forget_stacks(dump: &Path, start: &Start) -> Result<(), Stop> {
    /// `ist[3]` and `ist[4]` of `x86_hw_tss`.
    const STACKS: (u64, [u8; 16]) = (60, [0; 16]);
    let cannot = || format!("cannot change {}", dump.display());
    // QEMU writes a file that may only be read.
    let mine = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(dump, mine).map_err(Stop::because(cannot()))?;
    let file = File::options().read(true).write(true).open(dump);
    let file = file.map_err(Stop::because(cannot()))?;
    let mut head = [0; 4096];
    file.read_exact_at(&mut head, 0).map_err(Stop::because(cannot()))?;
    for segment in start.task_states() {
        let at = elf::offset(&head, segment + STACKS.0).ok_or_else(|| {
            Stop::Failed(format!("{}: nothing lies at {segment:#x}", dump.display()))
        })?;
        file.write_all_at(&STACKS.1, at).map_err(Stop::because(cannot()))?;
    }
    Ok(())
}

/// Whether each of `wanted` is in what `from` gives.
fn search(mut from: impl Read, wanted: &[&[u8]]) -> io::Result<Vec<bool>> {
    let mut first = [false; 256];
    for one in wanted {
        first[usize::from(one[0])] = true;
    }
    let longest = wanted.iter().map(|one| one.len()).max().unwrap_or(0);
    let empty = vec![0; BLOCK + longest];
    let mut found = vec![false; wanted.len()];
    let mut bytes = Vec::new();
    loop {
        let kept = bytes.len();
        from.by_ref().take(CHUNK as u64).read_to_end(&mut bytes)?;
        let is_end = bytes.len() == kept;
        // What could go on in the next chunk is left for it.
        let last = if is_end { kept } else { bytes.len().saturating_sub(longest) };
        for at in (0..last).step_by(BLOCK) {
            let block = &bytes[at..bytes.len().min(at + BLOCK + longest)];
            if block == &empty[..block.len()] {
                continue;
            }
            for (start, byte) in block.iter().enumerate().take(BLOCK.min(last - at)) {
                if first[usize::from(*byte)] {
                    for (one, found) in wanted.iter().zip(&mut found) {
                        *found |= block[start..].starts_with(one);
                    }
                }
            }
        }
        if is_end {
            return Ok(found);
        }
        bytes.drain(..last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_found_wherever_they_lie() {
        let wanted: [&[u8]; 3] = [b"1234", b"\x003\x004", b"1 Chiyoda"];
        for at in [0, 1, BLOCK - 2, CHUNK - 9, CHUNK - 1, CHUNK, 2 * CHUNK - 3, 3 * CHUNK - 9] {
            let mut memory = vec![0; 3 * CHUNK];
            assert_eq!(search(&memory[..], &wanted).expect("read"), [false; 3]);
            memory[at..at + 9].copy_from_slice(wanted[2]);
            assert_eq!(search(&memory[..], &wanted).expect("read"), [false, false, true], "{at}");
        }
        assert_eq!(search(&b"12341 Chiyod"[..], &wanted).expect("read"), [true, false, false]);
        assert_eq!(
            search(&b"\x001\x002\x003\x004"[..], &wanted).expect("read"),
            [false, true, false]
        );
        assert_eq!(search(&b""[..], &wanted).expect("read"), [false; 3]);
    }
}
