//! The kiosk process: `kiosk --settings FILE`. Reads the settings, starts the workers,
//! runs the window; nothing else.

use std::{env, fs, path::PathBuf, process::ExitCode, sync::mpsc, thread};

use kiosk::{run::run, show, workers::Workers};
use kiosk_core::Check;
use kiosk_process::Settings;
use kiosk_ui::KioskWindow;
use log::error;
use slint::ComponentHandle;

// Wipes memory when it is freed: strings of the pages held names.
#[global_allocator]
static WIPED: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// Why the kiosk cannot start.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("usage: kiosk --settings FILE")]
    Usage,
    #[error("cannot read the settings {0}: {1}")]
    Unreadable(PathBuf, #[source] std::io::Error),
    #[error("the settings are wrong:\n{0}")]
    Settings(#[from] kiosk_process::settings::SettingsErrors),
    #[error("cannot tell where the kiosk's programs are: {0}")]
    Programs(#[source] std::io::Error),
    #[error("no screen: {0}")]
    Screen(#[from] slint::PlatformError),
}

fn main() -> ExitCode {
    // Whatever the environment asks for: libraries may write secrets to their traces.
    env_logger::Builder::new()
        .filter_level(log::LevelFilter::Warn)
        .filter_module("kiosk", log::LevelFilter::Info)
        .init();
    kiosk_process::harden();
    match kiosk() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            error!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn kiosk() -> Result<(), StartError> {
    let file = settings_file()?;
    let text = fs::read_to_string(&file)
        .map_err(|problem| StartError::Unreadable(file.clone(), problem))?;
    let settings = Settings::read(&text, file.parent().unwrap_or(&file))?;
    let programs = env::current_exe().map_err(StartError::Programs)?;
    let programs = programs.parent().map(PathBuf::from).unwrap_or_default();

    let window = KioskWindow::new()?;
    let (tell, events) = mpsc::channel();
    let touched = tell.clone();
    show::connect(&window, move |event| {
        // An error means the loop has ended, and the program with it.
        let _ = touched.send(event);
    });

    let check = Check::new(kiosk_core::Settings {
        method: settings.method,
        station: settings.station,
        look: settings.look,
    });
    let shown_in = window.as_weak();
    thread::spawn(move || {
        let workers = Workers::start(&programs, &file, tell);
        run(
            check,
            &events,
            |effect| workers.start_effect(effect),
            |shown| {
                let shown = shown.clone();
                // An error means that the window is gone, and the program with it.
                let _ = shown_in.upgrade_in_event_loop(move |window| show::show(&window, &shown));
            },
        );
    });
    Ok(window.run()?)
}

fn settings_file() -> Result<PathBuf, StartError> {
    let mut arguments = env::args_os().skip(1);
    match (arguments.next(), arguments.next(), arguments.next()) {
        (Some(flag), Some(file), None) if flag == "--settings" => {
            std::path::absolute(file).map_err(StartError::Programs)
        }
        _ => Err(StartError::Usage),
    }
}
