//! `cargo tools pictures`: every page as a picture, and one page that shows them all.

use std::fs;

use crate::{
    cargo,
    packages::{self, Install, Purpose},
    places,
    stop::Stop,
};

/// The example of the kiosk draws; this says where to look.
pub(crate) fn make(install: Install) -> Result<(), Stop> {
    packages::ensure(install, &[Purpose::Build, Purpose::Run])?;
    let folder = places::target()?.join("pictures");
    places::remove(&folder)?;
    fs::create_dir_all(&folder).map_err(Stop::because(folder.display()))?;
    let to = folder
        .to_str()
        .ok_or_else(|| Stop::Failed(format!("{} is not UTF-8", folder.display())))?;
    let example = ["run", "--locked", "--package", "kiosk", "--example", "pictures", "--", to];
    cargo::run("pictures", &example)?;
    let index = folder.join("index.html");
    println!("Open {}", index.display());
    Ok(())
}
