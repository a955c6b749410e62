//! `cargo tools boot`: the image in a window, to try it in, with a small card menu beside it.

use std::env;

use crate::{
    boot::surroundings::Surroundings,
    demo::{
        desk,
        office::{PASSWORD, USER},
    },
    descendants,
    image::{
        self,
        machine::{Running, Unit},
        tree::Tree,
    },
    packages::{self, Install, Purpose},
    places,
    stop::Stop,
};

pub(crate) fn run(install: Install) -> Result<(), Stop> {
    if env::var_os("DISPLAY").is_none() {
        return Err(Stop::ByHand(
            "boot needs an X display (DISPLAY is not set). Without one: cargo tools boot-test"
                .into(),
        ));
    }
    packages::ensure(install, &[Purpose::Build, Purpose::Image])?;
    let folder = places::target()?.join("boot");
    descendants::with_nothing_left(&folder, || {
        let surroundings = Surroundings::start(&folder)?;
        let tools = Tree::with_window(&image::work()?)?;
        let unit = Unit::new(&tools, &surroundings.provisioning()?, &folder)?;
        let machine = unit.start_in_a_window()?;
        let _reader = surroundings.plug_reader_in(&unit)?;
        println!("A unit as it leaves the vendor's line. For 初期登録:");
        println!("  ユーザID {USER}, パスワード {PASSWORD}");
        println!("  アクティベーションコード {}", surroundings.code()?);
        desk::serve(&mut Table { surroundings, machine })
    })
}

/// The unit's reader, and the unit.
struct Table {
    surroundings: Surroundings,
    machine: Running,
}

impl desk::Beside for Table {
    fn lay(&mut self, card: &str) -> Result<(), Stop> {
        // Mostly nothing lies there; if something else is wrong, the next line says so.
        let _ = self.take();
        self.surroundings.hand(&format!("insert {card}"))
    }

    fn take(&mut self) -> Result<(), Stop> {
        self.surroundings.hand("remove")
    }

    fn runs(&mut self) -> bool {
        self.machine.runs()
    }
}
