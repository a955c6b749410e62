//! Tells the program when it was built: a clock that is before that is wrong (D27).
//! `SOURCE_DATE_EPOCH` makes builds repeatable.

use std::{env, time::SystemTime};

fn main() {
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    println!("cargo::rerun-if-changed=build.rs");
    let given = env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse::<u64>().ok());
    let built = given.unwrap_or_else(|| {
        let age = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        age.expect("the clock of the build machine is after 1970").as_secs()
    });
    println!("cargo::rustc-env=KIOSK_BUILT={built}");
}
