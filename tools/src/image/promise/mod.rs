//! Promises of the device: `image/promises/`, one claim a file, each with questions that are
//! asked of every image and with ways to break it. A promise that does not notice its own
//! breakage promises nothing.

mod breakage;
mod check;
mod exposure;
mod pattern;
#[cfg(test)]
mod tests;

use serde::Deserialize;

use self::{breakage::Breakage, check::Check};
use crate::{
    image::{device::Device, recipe, tree::Tree},
    stop::Stop,
};

/// So many problems of one promise are enough to see what happened.
const SHOWN: usize = 8;

/// One file of `image/promises/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    claim: String,
    why: String,
    check: Vec<Check>,
    #[serde(rename = "break")]
    breakages: Vec<Breakage>,
}

pub(crate) struct Promise {
    /// The name of its file.
    name: String,
    words: Words,
}

/// All of `image/promises/`, in the order of their names.
///
/// Errors: one cannot be understood, or says nothing.
pub(crate) fn all() -> Result<Vec<Promise>, Stop> {
    let mut promises = Vec::new();
    for file in recipe::sorted(&recipe::folder()?.join("promises"))? {
        if file.extension().is_none_or(|it| it != "toml") {
            continue;
        }
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        promises.push(Promise { name, words: recipe::read(&file)? });
    }
    let empty = promises.iter().find(|it| {
        let words = &it.words;
        let texts = [&words.claim, &words.why];
        texts.iter().any(|it| it.is_empty()) || words.check.is_empty() || words.breakages.is_empty()
    });
    match empty {
        Some(it) => Err(Stop::Failed(format!(
            "image/promises/{}.toml: a promise has a claim, a why, a check and a break",
            it.name
        ))),
        None => Ok(promises),
    }
}

/// Asks every promise of `device`, and lets each notice its own breakages on a copy of it.
/// Gives how many breakages there were.
///
/// Errors: what is broken; what would not be noticed; a tool failed.
pub(crate) fn keep(promises: &[Promise], device: &Device, tools: &Tree) -> Result<usize, Stop> {
    let mut problems = Vec::new();
    for promise in promises {
        let mut found = promise.problems(device).concat();
        found.extend(exposure::problems(&promise.words.check, device, tools)?);
        if !found.is_empty() {
            problems.push(promise.told(&found));
        }
    }
    if problems.is_empty() {
        problems = unnoticed(promises, device);
        for promise in promises {
            let words = &promise.words;
            let found = exposure::unnoticed(&words.check, &words.breakages, device, tools)?;
            problems
                .extend(found.map(|why| format!("image/promises/{}.toml: {why}", promise.name)));
        }
    }
    match problems.is_empty() {
        true => Ok(promises.iter().map(|it| it.words.breakages.len()).sum()),
        false => Err(Stop::Failed(format!(
            "the image does not keep what image/promises/ says:\n{}",
            problems.join("\n")
        ))),
    }
}

impl Promise {
    /// For each question, why the answer is no.
    fn problems(&self, device: &Device) -> Vec<Vec<String>> {
        self.words.check.iter().map(|it| it.problems(device)).collect()
    }

    fn told(&self, problems: &[String]) -> String {
        let more = match problems.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!("\n    … and {more} more"),
        };
        let shown = problems[..problems.len().min(SHOWN)].join("\n    ");
        format!("  {}: {}\n    {shown}{more}", self.name, self.words.claim)
    }
}

/// Breaks each promise in each of its ways on a copy of `device`, which keeps them all, and
/// says where that is not seen: by every question of this promise in one of the ways, and by
/// no other promise.
fn unnoticed(promises: &[Promise], device: &Device) -> Vec<String> {
    let mut problems = Vec::new();
    for promise in promises {
        let place = format!("image/promises/{}.toml", promise.name);
        let asked_here: Vec<bool> =
            promise.words.check.iter().map(|it| !matches!(it, Check::Exposure { .. })).collect();
        let mut blind = asked_here.clone();
        for (at, breakage) in (1..).zip(&promise.words.breakages) {
            let broken = match breakage.apply(device) {
                Ok(broken) => broken,
                Err(why) => {
                    problems.push(format!("{place}: break {at} breaks nothing: {why}"));
                    continue;
                }
            };
            let found = promise.problems(&broken);
            if asked_here.contains(&true) && found.iter().all(Vec::is_empty) {
                problems.push(format!("{place}: nobody notices break {at}"));
            }
            for (blind, found) in blind.iter_mut().zip(&found) {
                *blind &= found.is_empty();
            }
            let others = promises.iter().filter(|it| it.name != promise.name);
            problems.extend(others.filter_map(|it| {
                let why = it.problems(&broken).concat().into_iter().next()?;
                Some(format!("{place}: break {at} breaks {} too: {why}", it.name))
            }));
        }
        let blind = (1..).zip(blind).filter(|(_, blind)| *blind);
        problems.extend(blind.map(|(at, _)| format!("{place}: no break is seen by check {at}")));
    }
    problems
}
