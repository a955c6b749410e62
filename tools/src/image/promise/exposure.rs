//! How open a service is in the judgement of `systemd-analyze security`, asked of systemd
//! itself in the tools tree.

use std::fs;

use super::{breakage::Breakage, check::Check};
use crate::{
    image::{
        device::{Device, Kind},
        tree::Tree,
    },
    places,
    stop::Stop,
};

/// The units as files, below the work folder.
const FOLDER: &str = "exposure";

/// Services of these questions that are more open than promised.
///
/// Errors: systemd cannot judge them.
pub(super) fn problems(
    checks: &[Check],
    device: &Device,
    tools: &Tree,
) -> Result<Vec<String>, Stop> {
    let mut found = Vec::new();
    for check in checks {
        let Check::Exposure { units, at_most } = check else { continue };
        lay_out(device, tools)?;
        for unit in units {
            let root = format!("--root=/work/{FOLDER}");
            let arguments = ["security", "--offline=yes", "--no-pager", &root, unit];
            let said = tools.run("judge the units", "systemd-analyze", arguments)?;
            let level = level(&said).ok_or_else(|| {
                Stop::Failed(format!("systemd-analyze gives {unit} no level:\n{said}"))
            })?;
            if level > *at_most {
                let tenths = |it: u32| format!("{}.{}", it / 10, it % 10);
                found.push(format!(
                    "{unit} is open to {}; {} is promised. What is open: systemd-analyze security",
                    tenths(level),
                    tenths(*at_most)
                ));
            }
        }
    }
    Ok(found)
}

/// Breakages after which these questions still say yes.
///
/// Errors: systemd cannot judge the broken units.
pub(super) fn unnoticed(
    checks: &[Check],
    breakages: &[Breakage],
    device: &Device,
    tools: &Tree,
) -> Result<Option<String>, Stop> {
    if !checks.iter().any(|it| matches!(it, Check::Exposure { .. })) {
        return Ok(None);
    }
    for (at, breakage) in (1..).zip(breakages) {
        // One that cannot be applied has been told where breakages are.
        let Ok(broken) = breakage.apply(device) else { continue };
        if problems(checks, &broken, tools)?.is_empty() {
            return Ok(Some(format!("systemd-analyze does not notice break {at}")));
        }
    }
    Ok(None)
}

fn lay_out(device: &Device, tools: &Tree) -> Result<(), Stop> {
    let folder = tools.work(FOLDER);
    places::empty(&folder)?;
    let units = device.root().filter(|(path, _)| path.contains("/systemd/system/"));
    for (path, entry) in units.filter(|(_, entry)| entry.kind == Kind::File) {
        let Some(text) = entry.text.as_deref() else { continue };
        let file = folder.join(path);
        let above = file.parent().expect("below the work folder");
        fs::create_dir_all(above).map_err(Stop::because(above.display()))?;
        fs::write(&file, text).map_err(Stop::because(file.display()))?;
    }
    Ok(())
}

/// `→ Overall exposure level for kiosk.service: 1.4 OK` in tenths.
fn level(said: &str) -> Option<u32> {
    let line = said.lines().find(|it| it.contains("Overall exposure level"))?;
    let number = line.split(": ").nth(1)?.split(' ').next()?;
    let (whole, tenths) = number.split_once('.')?;
    Some(whole.parse::<u32>().ok()? * 10 + tenths.parse::<u32>().ok()?)
}

#[test]
fn the_level_is_read() {
    let said = "  NAME\n✗ X\n\n→ Overall exposure level for card@test.service: 0.6 SAFE :-}\n";
    assert_eq!(level(said), Some(6));
    assert_eq!(level("→ Overall exposure level for a: 10.0 UNSAFE"), Some(100));
    assert_eq!(level("Failed"), None);
}
