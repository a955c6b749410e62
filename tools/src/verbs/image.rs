//! `cargo tools image`: the appliance image, from sources and Debian 13. `cargo tools keys`:
//! keys to try with.

use std::fs;

use nix::unistd::geteuid;

use crate::{
    cargo,
    image::{self, disk, kernel, keys, root, tree::Tree},
    packages::{self, Install, Purpose},
    places,
    progress::{Others, Progress, time},
    stop::Stop,
};

/// The programs of the device. Neither the virtual card nor its reader is among them.
const PROGRAMS: [&str; 3] = ["kiosk", "kiosk-card", "kiosk-line"];
const FOR_THE_PANEL: [&str; 3] = ["--no-default-features", "--features", "kiosk/appliance"];

/// Of the image: that of the programs.
const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(crate) fn keys(install: Install) -> Result<(), Stop> {
    prepare(install)?;
    println!("{}", keys::make()?.display());
    Ok(())
}

pub(crate) fn make(install: Install) -> Result<(), Stop> {
    prepare(install)?;
    let began = Progress::new("the image", Others::Loud);
    cargo::build_with(&PROGRAMS, &FOR_THE_PANEL)?;
    let tools = Tree::for_work(&image::work()?)?;
    let keys = keys::make()?;
    let kernel = kernel::build(&tools)?;
    fs::copy(&kernel, tools.work("bzImage")).map_err(Stop::because(kernel.display()))?;
    let programs = places::release("kiosk")?;
    let programs = programs.parent().expect("a folder of programs");
    root::make(programs, &keys, VERSION, &tools.work("root"))?;
    let image = disk::make(&tools, VERSION)?;
    println!("\nroot hash       {}", image.root_hash);
    for (name, file) in
        [("root", "root.erofs"), ("kernel", "bzImage"), ("signed kernel", "kiosk.efi")]
    {
        println!("{name:<15} {:.1} MB", megabytes(&tools, file)?);
    }
    tools.run("pack the image", "zstd", ["-q", "-f", "-T0", "disk.raw", "-o", "disk.raw.zst"])?;
    println!("{:<15} {:.1} MB", "image, packed", megabytes(&tools, "disk.raw.zst")?);
    println!("{:<15} {}", "together", time(began.elapsed()));
    println!("\n{}", tools.work("disk.raw").display());
    Ok(())
}

fn prepare(install: Install) -> Result<(), Stop> {
    packages::ensure(install, &[Purpose::Build, Purpose::Image])?;
    possible().map_err(|why| Stop::ByHand(format!("{why}: run it as root.")))
}

/// Whether an image can be built here.
///
/// Errors: why not, to be read by a person.
pub(crate) fn possible() -> Result<(), &'static str> {
    match geteuid().is_root() {
        true => Ok(()),
        false => Err("trees of Debian are unpacked with their owners, which root alone may do"),
    }
}

fn megabytes(tools: &Tree, file: &str) -> Result<f64, Stop> {
    let bytes = fs::metadata(tools.work(file)).map_err(Stop::because(file))?.len();
    // Exact far beyond any disk.
    Ok(bytes as f64 / 1e6)
}
