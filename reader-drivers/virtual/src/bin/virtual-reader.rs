//! `virtual-reader`: a USB card reader for a virtual machine, with the virtual card on it.
#![forbid(unsafe_code)]

use std::{convert::Infallible, ffi::OsString, path::PathBuf, process::ExitCode, sync::Arc};

use pico_args::Arguments;
use reader_virtual::{
    passthru,
    reader::{Control, Desk, OnContacts, Reader},
    usb,
};

const USAGE: &str = "\
usage: virtual-reader --redir SOCKET --control SOCKET --office OFFICE [--state FILE]
       virtual-reader --passthru SOCKET --control SOCKET --office OFFICE [--state FILE]

  --redir     a reader of ours, where the machine listens: QEMU's
              -chardev socket,id=c1,path=SOCKET,server=on,wait=off
              -device usb-redir,chardev=c1,bus=xhci.0
  --passthru  only its card, T=0, in a reader of the machine's own: QEMU's
              -chardev socket,id=c1,path=SOCKET,server=on,wait=off
              -device usb-ccid,id=ccid,bus=xhci.0 -device ccid-card-passthru,chardev=c1,bus=ccid.0
  --control   what moves cards, made here in a private folder: virtual-card SOCKET insert ID
  --office    issued cards: virtual-card issue OFFICE
  --state     remembers which card lies on the reader";

/// How the machine reaches the card, and where it listens.
enum Way {
    Redir(PathBuf),
    Passthru(PathBuf),
}

fn main() -> ExitCode {
    match run() {
        Ok(never) => match never {},
        Err(problem) => {
            eprintln!("virtual-reader: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<Infallible, String> {
    let mut arguments = Arguments::from_env();
    let mut path = |name| arguments.opt_value_from_os_str(name, into_path).map_err(usage);
    let lying = path("--state")?;
    let way = match (path("--redir")?, path("--passthru")?) {
        (Some(socket), None) => Way::Redir(socket),
        (None, Some(socket)) => Way::Passthru(socket),
        (None, None) => return Err(usage("--redir or --passthru is missing")),
        (Some(_), Some(_)) => return Err(usage("--redir and --passthru: choose one")),
    };
    let mut needed = |name| path(name)?.ok_or_else(|| usage(format!("{name} is missing")));
    let (control, office) = (needed("--control")?, needed("--office")?);
    if let Some(unknown) = arguments.finish().first() {
        return Err(usage(format!("what is {}?", unknown.display())));
    }
    let desk = Desk { office, lying };
    let reader = Arc::new(match way {
        Way::Redir(_) => Reader::new(Box::new(desk)),
        Way::Passthru(_) => Reader::new(Box::new(OnContacts(desk))).without_plug(),
    });
    if let Err(problem) = reader.remember() {
        eprintln!("virtual-reader: {problem}");
    }
    let hands = Arc::clone(&reader);
    let _control = Control::open(&control, move |line| hands.hand(line)).map_err(|it| told(&it))?;
    let served = match way {
        Way::Redir(socket) => usb::serve(reader, &socket),
        Way::Passthru(socket) => passthru::serve(reader, &socket),
    };
    served.map_err(|error| told(&error))
}

fn into_path(text: &std::ffi::OsStr) -> Result<PathBuf, String> {
    Ok(OsString::from(text).into())
}

fn usage(problem: impl std::fmt::Display) -> String {
    format!("{problem}\n{USAGE}")
}

/// An error with its causes.
fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
