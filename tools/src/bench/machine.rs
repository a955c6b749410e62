//! The foot of the table: on which machine, and how.

use std::{fs, thread};

/// What the machine says of itself, and what is true of all figures.
pub(crate) fn foot() -> String {
    let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
    let after = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once([':', '=']).map(|(_, it)| it.trim().trim_matches('"').to_owned())
    };
    let cpu = after(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown".into());
    let system = after(&read("/etc/os-release"), "PRETTY_NAME").unwrap_or_default();
    let memory = after(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
    let cores = thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default();
    format!(
        "Machine: {cpu}, {cores} cores, {memory}, {system}; load {load} at the end.\n\
         Release programs on one machine, gateway on loopback, virtual card behind a real pcscd;\n\
         its own signature (RSA-2048 in software) is part of every reading and every check.\n\
         middleware: READ BINARY through our PC/SC layer, pcscd and the virtual reader, all on\n\
         one core; below it the same where the system puts them.\n\
         card event: from the hand at the virtual reader to the watcher's word.\n\
         tap to result: from the hand to the journal's line of the page, seen from outside.\n\
         first frame: from the start of the program to a page on the X display (1280×800,\n\
         Xvfb), found by reading its pixels back; memory: PSS of all its processes, standing.\n\
         touch to pixels: XTEST press to changed pixels, read back as fast as the X server\n\
         answers. gateway: keep-alive TLS connections of registered devices, open and proof;\n\
         signatures are made between the two and not timed; load and gateway share the cores.\n"
    )
}
