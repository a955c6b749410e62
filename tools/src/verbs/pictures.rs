//! `cargo tools pictures`: every page as a picture, and one page that shows them all.

use crate::{
    cargo,
    packages::{self, Install, Purpose},
    places,
    stop::Stop,
};

/// The example of the kiosk draws; this says where to look.
pub(crate) fn make(install: Install) -> Result<(), Stop> {
    packages::ensure(install, &[Purpose::Build, Purpose::Run])?;
    cargo::run("pictures", &["run", "--locked", "--package", "kiosk", "--example", "pictures"])?;
    let index = places::target()?.join("pictures/index.html");
    if !index.is_file() {
        return Err(Stop::Failed(format!("the pictures were made, but not {}", index.display())));
    }
    println!("Open {}", index.display());
    Ok(())
}
