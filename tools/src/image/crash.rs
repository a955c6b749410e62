//! What is asked of `crash`, and what its answers say.

use crate::stop::Stop;

/// Where what matters to [`Start`] lies.
pub(crate) const WHERE: &str =
    "rd page_offset_base\nrd __per_cpu_offset 16\nsym cpu_tss_rw\nrd nr_cpu_ids\nquit\n";
/// Each thread group once; what process 1 sees as mounted; the sockets of each; what the kernel
/// said; what its memory is used for, in pages.
pub(crate) const WHAT: &str =
    "ps -G\nmount\nforeach user gleader net -s\nlog\nkmem -i\nkmem -V\nquit\n";
/// 4 KB, in MB (2^20).
const PAGES_PER_MB: f64 = 256.0;

/// What was asked with [`WHAT`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Running {
    pub(crate) processes: Vec<Process>,
    pub(crate) sockets: Vec<Socket>,
    pub(crate) mounts: Vec<Mount>,
    /// The kernel's words since the start, each with its time.
    pub(crate) log: Vec<String>,
    /// Memory in use, without what is only kept of files on the disk.
    pub(crate) used_mb: f64,
}

/// A program that runs; threads of the kernel are none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    pub(crate) parent: u32,
    /// As the kernel keeps it: 15 letters.
    pub(crate) name: String,
}

/// Something that a process could hear or speak through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Socket {
    pub(crate) pid: u32,
    /// Such as `INET:STREAM`.
    pub(crate) kind: String,
    /// Addresses and ports, such as `10.0.2.15-68`; empty where there are none.
    pub(crate) from: String,
    pub(crate) to: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mount {
    pub(crate) kind: String,
    pub(crate) device: String,
    pub(crate) folder: String,
}

/// Where the kernel has put itself at this start.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Start {
    /// Virtual: where all of the memory begins.
    memory: u64,
    /// Virtual: where the variables of each processor begin.
    processors: Vec<u64>,
    /// Of `cpu_tss_rw` among those.
    task_state: u64,
}

impl Start {
    /// The task state segment of each processor, in physical memory.
    pub(crate) fn task_states(&self) -> impl Iterator<Item = u64> + '_ {
        self.processors.iter().map(|begin| begin + self.task_state - self.memory)
    }
}

/// From the answer to [`WHERE`].
///
/// Errors: it is none.
pub(crate) fn start(said: &str) -> Result<Start, Stop> {
    let mut lines = said.lines().skip_while(|line| dumped(line).is_none());
    let memory = lines.next().and_then(dumped).and_then(|words| words.first().copied());
    let mut processors: Vec<u64> = Vec::new();
    let rest = lines.by_ref();
    let symbol = rest.find_map(|line| match dumped(line) {
        Some(words) => {
            processors.extend(words);
            None
        }
        None => line.split_once(" (D) cpu_tss_rw").map(|(at, _)| at.trim().to_owned()),
    });
    let task_state = symbol.and_then(|at| u64::from_str_radix(&at, 16).ok());
    let count = rest.find_map(dumped).and_then(|words| words.first().copied());
    // The lower half is the count, whatever stands behind it.
    let count = count.map(|it| (it & 0xFFFF_FFFF) as usize);
    match (memory, task_state, count) {
        (Some(memory), Some(task_state), Some(count))
            if (1..=processors.len()).contains(&count) =>
        {
            processors.truncate(count);
            Ok(Start { memory, processors, task_state })
        }
        _ => Err(not_read(said)),
    }
}

/// `ffffffffb07bf1d8:  ff2853b780000000 ff2853b780000000   .....S(.`
fn dumped(line: &str) -> Option<Vec<u64>> {
    let (at, words) = line.split_once(":  ")?;
    u64::from_str_radix(at, 16).ok()?;
    let words = words.split_whitespace().take(2);
    let words = words.map_while(|it| (it.len() == 16).then(|| u64::from_str_radix(it, 16).ok())?);
    Some(words.collect())
}

/// From the answer to [`WHAT`].
///
/// Errors: it is none, such as when symbols and memory are not of one kernel.
pub(crate) fn read(said: &str) -> Result<Running, Stop> {
    let mut running = Running::default();
    let mut pid = None;
    for line in said.lines() {
        if is_logged(line) {
            running.log.push(line.to_owned());
            continue;
        }
        running.processes.extend(process(line));
        running.mounts.extend(mount(line));
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["PID:", number, "TASK:", ..] => pid = number.parse().ok(),
            [_, at, _, kind, ref ends @ ..] if is_address(at) && kind.contains(':') => {
                let end = |index: usize| ends.get(index).copied().unwrap_or("").to_owned();
                let pid = pid.ok_or_else(|| not_read(said))?;
                let kind = kind.to_owned();
                running.sockets.push(Socket { pid, kind, from: end(0), to: end(1) });
            }
            _ => {}
        }
    }
    running.used_mb = used(said).ok_or_else(|| not_read(said))?;
    let Running { processes, sockets, mounts, log, .. } = &running;
    let gap = [processes.is_empty(), sockets.is_empty(), mounts.is_empty(), log.is_empty()];
    match gap.contains(&true) {
        true => Err(not_read(said)),
        false => Ok(running),
    }
}

/// `TOTAL MEM   242237     946.2 MB         ----`, `NR_FILE_PAGES: 29407`
fn used(said: &str) -> Option<f64> {
    let pages = |name: &str| {
        let mut found = said.lines().filter_map(|line| line.trim().strip_prefix(name));
        found.find_map(|rest| rest.split_whitespace().next()?.parse::<u32>().ok())
    };
    // Files in memory alone (shmem) are counted among the pages of files.
    let kept = pages("NR_FILE_PAGES:")?.checked_sub(pages("NR_SHMEM:")?)?;
    let used = pages("TOTAL MEM")?.checked_sub(pages("FREE ")?)?.checked_sub(kept)?;
    Some(f64::from(used) / PAGES_PER_MB)
}

/// `[    2.533037] ACPI: bus type USB registered`
fn is_logged(line: &str) -> bool {
    let time = line.strip_prefix('[').and_then(|it| it.split_once("] "));
    time.is_some_and(|(time, _)| time.trim().parse::<f64>().is_ok())
}

/// `>  81   1   1  ff2853b7bf246000  IN   0.8    19196     8724  systemd-journal`
fn process(line: &str) -> Option<Process> {
    let line = line.strip_prefix('>').unwrap_or(line);
    let words: Vec<&str> = line.split_whitespace().collect();
    let [pid, parent, processor, task, _, _, size, resident, ref name @ ..] = words[..] else {
        return None;
    };
    // A thread of the kernel has no memory of its own.
    let is_program = is_address(task) && size != "0" && !name.is_empty();
    let numbers = [processor, size, resident].iter().all(|it| it.parse::<u64>().is_ok());
    let (pid, parent) = (pid.parse().ok()?, parent.parse().ok()?);
    (is_program && numbers).then(|| Process { pid, parent, name: name.join(" ") })
}

/// `ff2853b7801a5b00 ff2853b78027c800 devtmpfs devtmpfs /dev`
fn mount(line: &str) -> Option<Mount> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [at, block, kind, device, folder] = words[..] else { return None };
    let is_mount = is_address(at) && is_address(block) && folder.starts_with('/');
    let text = str::to_owned;
    is_mount.then(|| Mount { kind: text(kind), device: text(device), folder: text(folder) })
}

fn is_address(word: &str) -> bool {
    word.len() == 16 && word.bytes().all(|it| it.is_ascii_hexdigit())
}

fn not_read(said: &str) -> Stop {
    Stop::Failed(format!(
        "the unit's memory cannot be read: was its image made with this kernel? \
         `cargo tools image` makes it anew. crash says:\n{said}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_where_it_says() {
        let said = "NOTE: minimal mode commands: log, dis, rd\n\n\
            ffffffffb07bf1d8:  ff2853b780000000                    .....S(.\n\
            ffffffffb07c7900:  ff2853b7be400000 ff2853b7be500000   ..@..S(...P..S(.\n\
            ffffffffb07c7910:  ff2853b7be600000 0000000000000000   ................\n\
            6000 (D) cpu_tss_rw \n\
            ffffffffb07c7950:  0000000400000002                    ........\n";
        let start = start(said).expect("understood");
        assert_eq!(start.task_states().collect::<Vec<_>>(), [0x3E40_6000, 0x3E50_6000]);
        assert!(super::start("crash: vmlinux and memory.elf do not match!").is_err());
        assert!(super::start(&said.replace("(D)", "(?)")).is_err());
        assert!(super::start(&said.replace("0000000400000002", "0000000400000009")).is_err());
    }

    const SAID: &str = "WARNING: no kernel module access\n\n      \
        PID    PPID  CPU       TASK        ST  %MEM      VSZ      RSS  COMM\n\
        >       0       0   0  ffffffffb080c480  RU   0.0        0        0  [swapper/0]\n\
        >       1       0   1  ff2853b7801b2000  IN   1.3    22432    13596  systemd\n        \
        91       1   1  ff2853b7bf32e000  IN   0.8    91652     8276  (udev worker)\n     \
        MOUNT           SUPERBLK     TYPE   DEVNAME   DIRNAME\n\
        ff2853b7801a5980 ff2853b780e5d000 erofs  /dev/root /         \n\
        PID: 1        TASK: ff2853b7801b2000  CPU: 1    COMMAND: \"systemd\"\n\
        FD      SOCKET            SOCK       FAMILY:TYPE SOURCE-PORT DESTINATION-PORT\n\
        17 ff2853b780db1a00 ff2853b780fef800 NETLINK/ROUTE:RAW \n\n\
        PID: 91       TASK: ff2853b7bf32e000  CPU: 1    COMMAND: \"(udev worker)\"\n\
        FD      SOCKET            SOCK       FAMILY:TYPE SOURCE-PORT DESTINATION-PORT\n\
        21 ff2853b7863eb6c0 ff2853b78636cd80 INET:DGRAM   10.0.2.15-68 0.0.0.0-0\n\n\
        [    2.533037] ACPI: bus type USB registered\n                 \
        PAGES        TOTAL      PERCENTAGE\n    \
        TOTAL MEM   242237     946.2 MB         ----\n         \
        FREE   188419       736 MB   77% of TOTAL MEM\n             \
        NR_FREE_PAGES: 188419\n             \
        NR_FILE_PAGES: 29407\n                  \
        NR_SHMEM: 3676\n             \
        NR_SHMEM_THPS: 0\n";

    #[test]
    fn an_answer_says_what_runs() {
        let running = read(SAID).expect("understood");
        let process = |pid, parent, name: &str| Process { pid, parent, name: name.to_owned() };
        let processes = [process(1, 0, "systemd"), process(91, 1, "(udev worker)")];
        assert_eq!(running.processes, processes);
        let socket = |pid, kind: &str, from: &str, to: &str| {
            let [kind, from, to] = [kind, from, to].map(str::to_owned);
            Socket { pid, kind, from, to }
        };
        let route = socket(1, "NETLINK/ROUTE:RAW", "", "");
        let lease = socket(91, "INET:DGRAM", "10.0.2.15-68", "0.0.0.0-0");
        assert_eq!(running.sockets, [route, lease]);
        let [kind, device, folder] = ["erofs", "/dev/root", "/"].map(str::to_owned);
        assert_eq!(running.mounts, [Mount { kind, device, folder }]);
        assert!((running.used_mb - 109.7).abs() < 0.05, "{}", running.used_mb);
        assert_eq!(running.log, ["[    2.533037] ACPI: bus type USB registered"]);
    }

    #[test]
    fn half_an_answer_is_none() {
        for end in ["PID    PPID", "     MOUNT", "PID: 1", "[    2.5", "TOTAL MEM", "NR_SHMEM:"] {
            let cut = SAID.find(end).expect("said");
            assert!(read(&SAID[..cut]).is_err(), "{end}");
        }
    }
}
