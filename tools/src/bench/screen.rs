//! What a person sees: the first page, the answer to a finger; and what it costs.

use std::fs;

use super::{
    checks::go,
    figures::Figures,
    surroundings::{Surroundings, column},
};
use crate::{places, stop::Stop};

/// From the first frame until a program stands still, in milliseconds.
const STANDING: &str = "3000";
const KB_PER_MB: f64 = 1024.0;

/// What the browser shows: the page 認証選択 without its animation.
const PAGE: &str = include_str!("../../bench/page.html");

/// The kiosk, from its start to 認証選択.
pub(crate) fn kiosk(at: &mut Surroundings, figures: &mut Figures) -> Result<(), Stop> {
    let settings = at.office.settings().display().to_string();
    let program = places::release("kiosk")?.display().to_string();
    let words = [&*program, "--settings", &settings];
    let (frames, sizes) = first_frames(at, "the kiosk's first frame", &words)?;
    figures.add("first_frame_ms", "kiosk: start to first frame, ms", frames);
    figures.add("pss_mb", "kiosk: memory of its three processes, MB", sizes);
    Ok(())
}

/// A browser with a page as plain as ours, in the same run.
pub(crate) fn chromium(at: &mut Surroundings, figures: &mut Figures) -> Result<(), Stop> {
    let folder = at.scratch("chromium")?;
    let file = folder.join("page.html");
    fs::write(&file, PAGE).map_err(Stop::because(file.display()))?;
    let url = format!("file://{}", file.display());
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    // Root's Chromium has no sandbox; without a GPU it draws by software, as the kiosk does.
    let words = [
        "chromium",
        "--kiosk",
        "--no-sandbox",
        "--no-first-run",
        "--disable-gpu",
        "--disable-features=Translate",
        "--window-size=1280,800",
        "--window-position=0,0",
        &profile,
        &url,
    ];
    // Once for nothing: its profile is made at the first start.
    at.measure("Chromium's first start", &[&["first-frame", STANDING][..], &words].concat())?;
    let (frames, sizes) = first_frames(at, "Chromium's first frame", &words)?;
    figures.add("chromium_first_frame_ms", "Chromium: start to first frame, ms", frames);
    figures.add("chromium_pss_mb", "Chromium: memory of its processes, MB", sizes);
    Ok(())
}

/// Milliseconds and megabytes of each start.
fn first_frames(
    at: &Surroundings,
    what: &str,
    words: &[&str],
) -> Result<(Vec<f64>, Vec<f64>), Stop> {
    let mut lines = Vec::new();
    for _ in 0..at.repeats {
        lines.extend(at.measure(what, &[&["first-frame", STANDING][..], words].concat())?);
    }
    let sizes = column(&lines, 1).into_iter().map(|kb| kb / KB_PER_MB).collect();
    Ok((column(&lines, 0), sizes))
}

/// A finger on a key of the key pad.
pub(crate) fn touch(at: &mut Surroundings, figures: &mut Figures) -> Result<(), Stop> {
    let mut kiosk = at.start_kiosk("kiosk-touch")?;
    go(at, &mut kiosk, "next", "confirm")?;
    go(at, &mut kiosk, "confirm", "pin")?;
    let (x, y) = at.display.point("key-5")?;
    let count = (at.repeats * 4).to_string();
    let times = at.measure("touches", &["touch", &x.to_string(), &y.to_string(), &count]);
    kiosk.end()?;
    figures.add("key_to_pixels_ms", "touch to changed pixels, ms", column(&times?, 0));
    Ok(())
}
