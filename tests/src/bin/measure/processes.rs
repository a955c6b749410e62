//! What a program and everything that it started takes of the memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use crate::Outcome;

/// The sum of PSS (smaps_rollup), in KB: shared pages count once among all that share them.
///
/// Errors: a process does not let us look; root may.
pub(crate) fn pss_of_tree(root: u32) -> Outcome<u64> {
    let mut sum = 0;
    for pid in tree(root) {
        let file = format!("/proc/{pid}/smaps_rollup");
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            // It ended between the list and the look.
            Err(_) if !fs::exists(format!("/proc/{pid}"))? => continue,
            Err(error) => return Err(format!("{file}: {error}").into()),
        };
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
        let kb = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        // A process that is a zombie has no memory.
        sum += kb.unwrap_or(0);
    }
    Ok(sum)
}

/// A process and all below it.
pub(crate) fn tree(root: u32) -> BTreeSet<u32> {
    let parents: BTreeMap<u32, u32> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // proc(5): `pid (name) state ppid …`; the name may hold anything.
            let pid = stat.split_once(' ')?.0.parse().ok()?;
            let parent = stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()?;
            Some((pid, parent))
        })
        .collect();
    let mut found = BTreeSet::from([root]);
    loop {
        let more: Vec<u32> = parents
            .iter()
            .filter(|(pid, parent)| found.contains(parent) && !found.contains(pid))
            .map(|(pid, _)| *pid)
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}
