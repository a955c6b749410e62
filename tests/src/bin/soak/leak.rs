//! What may not grow, and what may not be left.

use std::path::Path;

use whole::programs::WORKERS;

use crate::{
    memory::{self, Found, Size},
    people::{self, Person, Secret},
    report::Report,
    station::worker,
};

/// A process may grow by so many KB between its warm-up and its end.
const GROWTH_MAX: i64 = 2_048;

/// A process under watch: a worker's id, or none for this process, which runs the station.
type Watched = (&'static str, Option<u32>, Size);

/// The sizes of the station's processes at a moment.
pub(crate) struct Growth {
    since: u64,
    all: Vec<Watched>,
}

impl Growth {
    pub(crate) fn begin(since: u64) -> Result<Self, String> {
        let mut all: Vec<Watched> = vec![("the station", None, Size::ours()?)];
        for name in WORKERS {
            let pid = worker(name).ok_or_else(|| format!("{name} does not run"))?;
            all.push((name, Some(pid), Size::of(pid)?));
        }
        Ok(Self { since, all })
    }

    /// Errors: a process has grown too much, or is another one.
    pub(crate) fn end(self, report: &mut Report) -> Result<(), String> {
        let mut broken = Vec::new();
        for (name, pid, before) in self.all {
            if pid.is_some() && worker(name) != pid {
                return Err(format!("{name} ended by itself: its memory says nothing"));
            }
            let after = pid.map_or_else(Size::ours, Size::of)?;
            let grown = after.private_dirty - before.private_dirty;
            println!(
                "{name}: {} KB of its own at check {}, {grown:+} KB since; PSS {} KB, {:+} KB",
                before.private_dirty,
                self.since,
                before.pss,
                after.pss - before.pss
            );
            report.growth_kb = report.growth_kb.max(grown);
            if grown > GROWTH_MAX {
                broken.push(format!("{name} has grown by {grown} KB; {GROWTH_MAX} are allowed"));
            }
        }
        match broken.is_empty() {
            true => Ok(()),
            false => Err(broken.join("\n")),
        }
    }
}

/// A search for every person's data. What a process has before the first person came
/// (a row of digits in a table, a name of ours in a test's text) says nothing and is left
/// out, process by process.
pub(crate) struct Search<'a> {
    secrets: Vec<&'a Secret>,
    before: Vec<Found>,
}

impl<'a> Search<'a> {
    /// Looks at both workers of this process, which have seen nobody yet.
    pub(crate) fn begin(people: &'a [Person]) -> Result<Self, String> {
        let secrets = people::secrets(people);
        let before = WORKERS.iter().map(|name| {
            let pid = worker(name).ok_or_else(|| format!("{name} does not run"))?;
            memory::in_process(pid, &secrets)
        });
        let before = before.collect::<Result<_, _>>()?;
        Ok(Self { secrets, before })
    }

    /// Errors: something is left; what, not its words.
    pub(crate) fn in_workers(&self) -> Result<String, String> {
        let each = WORKERS.iter().zip(&self.before).map(|(name, before)| {
            let pid = worker(name).ok_or_else(|| format!("{name} does not run"))?;
            nothing_new(name, pid, &self.secrets, before)
        });
        all_of(each.collect())?;
        Ok(format!("{} ({} texts each)", WORKERS.join(" and "), self.secrets.len()))
    }

    /// Errors: a file holds something.
    pub(crate) fn in_files(&self, folder: &Path) -> Result<String, String> {
        let mut told = Vec::new();
        let count = memory::in_files(folder, &self.secrets, &mut told);
        match told.is_empty() {
            true => Ok(format!("{count} files")),
            false => Err(told.join("\n")),
        }
    }
}

/// Every broken promise, not only the first.
pub(crate) fn all_of(each: Vec<Result<(), String>>) -> Result<(), String> {
    let broken: Vec<String> = each.into_iter().filter_map(Result::err).collect();
    match broken.is_empty() {
        true => Ok(()),
        false => Err(broken.join("\n")),
    }
}

/// Errors: the process holds something of a person that it did not hold `before`.
pub(crate) fn nothing_new(
    name: &str,
    pid: u32,
    secrets: &[&Secret],
    before: &Found,
) -> Result<(), String> {
    let found = memory::in_process(pid, secrets)?;
    let new = found.iter().filter(|(at, _)| !before.contains_key(at));
    let left: Vec<String> =
        new.map(|(at, place)| format!("  {} in {place}", secrets[*at].what)).collect();
    match left.is_empty() {
        true => Ok(()),
        false => Err(format!("{name} ({pid}) still holds:\n{}", left.join("\n"))),
    }
}
