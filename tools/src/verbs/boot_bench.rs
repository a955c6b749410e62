//! `cargo tools boot-bench`: how large the image is, how fast a registered unit stands there, and
//! the usual alternative beside it. Figures only: nothing here passes or fails.

use std::{fs, path::Path};

use crate::{
    bench::figures::Figures,
    boot::{
        bench::{
            peer::Peer,
            unit::{Registered, Taken},
        },
        surroundings::Surroundings,
    },
    image::{self, tree::Tree},
    options::{Known, Options},
    packages::{self, Install, Purpose},
    places,
    stop::Stop,
};

const KNOWN: Known<'_> =
    Known { with_value: &["--runs", "--peer-runs", "--json"], alone: &[], words: 0 };
const RUNS: u64 = 5;
/// Key, words, file in the work folder.
const SIZES: [(&str, &str, &str); 3] = [
    ("image_bytes", "the image, packed", "disk.raw.zst"),
    ("root_bytes", "its root", "root.erofs"),
    ("kernel_bytes", "its signed kernel", "kiosk.efi"),
];

/// Registers a unit, starts it again and again, then the alternative.
pub(crate) fn run(install: Install, words: &[&str]) -> Result<(), Stop> {
    let options = Options::read(words, &KNOWN)?;
    let runs = options.number("--runs")?.unwrap_or(RUNS);
    let peer_runs = options.number("--peer-runs")?.unwrap_or(runs);
    packages::ensure(install, &[Purpose::Build, Purpose::Image])?;
    let folder = places::target()?.join("boot-bench");
    let mut measured = Figures::default();
    sizes(&mut measured)?;
    let done = measure(&folder, [runs, peer_runs], &mut measured);
    println!("\n{measured}\nseconds of the guest: one processor, 2 ns an instruction");
    if let Some(ratio) = ratio(&measured) {
        println!("until a page is to be seen, the alternative takes {ratio:.1} times as long");
    }
    if let Some(file) = options.value("--json") {
        fs::write(file, measured.json()).map_err(Stop::because(file))?;
    }
    done
}

fn sizes(measured: &mut Figures) -> Result<(), Stop> {
    let work = image::work()?;
    for (key, what, name) in SIZES {
        let file = work.join(name);
        let missing = || format!("{}: make the image first, cargo tools image", file.display());
        let bytes = fs::metadata(&file).map_err(Stop::because(missing()))?.len();
        #[expect(clippy::cast_precision_loss, reason = "an image has less than 2^53 bytes")]
        measured.add(key, &format!("{what}, bytes"), vec![bytes as f64]);
    }
    Ok(())
}

/// What was measured before something failed is told all the same.
fn measure(folder: &Path, [runs, peer_runs]: [u64; 2], measured: &mut Figures) -> Result<(), Stop> {
    let mut surroundings = Surroundings::start(folder)?;
    if runs > 0 {
        let tools = Tree::for_work(&image::work()?)?;
        let mut unit = Registered::new(&tools, &mut surroundings)?;
        let mut starts = Vec::new();
        let done = (1..=runs).try_for_each(|turn| {
            let start = unit.start()?;
            println!("start {turn} of {runs}: {:.2?}, {:.1} MB", start.moments, start.memory_mb);
            starts.push(start);
            Ok(())
        });
        let values =
            |of: fn(&Taken) -> Option<f64>| starts.iter().filter_map(of).collect::<Vec<f64>>();
        measured.add("first_frame_s", "first page, s", values(|it| it.moments.first_frame));
        measured.add("touch_ready_s", "次へ answers, s", values(|it| it.moments.touch_ready));
        measured.add("reader_ready_s", "reader in hand, s", values(|it| it.moments.reader_ready));
        measured.add("gateway_ready_s", "gateway asked, s", values(|it| it.moments.gateway_ready));
        measured.add("memory_mb", "memory at 認証選択, MB", values(|it| Some(it.memory_mb)));
        done?;
    }
    if peer_runs > 0 {
        let peer = Peer::new(folder)?;
        let mut seconds = Vec::new();
        let done = (1..=peer_runs).try_for_each(|turn| {
            let second = peer.start()?;
            println!("the alternative, start {turn} of {peer_runs}: {second:.2} s");
            seconds.push(second);
            Ok(())
        });
        measured.add("peer_first_frame_s", "the alternative's page, s", seconds);
        done?;
    }
    Ok(())
}

/// The alternative's median by ours.
fn ratio(measured: &Figures) -> Option<f64> {
    let [ours, theirs] = ["first_frame_s", "peer_first_frame_s"].map(|key| measured.median(key));
    Some(theirs? / ours?)
}
