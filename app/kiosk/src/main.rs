//! The kiosk process: `kiosk --settings FILE` reads the settings, starts the workers and
//! runs the window. `kiosk --settings FILE set-staff-code` keeps the code (職員コード) that
//! is the first line of the standard input; `set-passcode` the admin passcode.

use std::{
    env, io,
    io::BufRead,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::mpsc,
    thread,
};

use kiosk::{about::About, night, passcode, run, show, staff, tone::Tones, workers::Workers};
use kiosk_process::{Settings, settings::SettingsFileError};
use kiosk_ui::KioskWindow;
use log::error;
use slint::ComponentHandle;
use zeroize::Zeroizing;

// Wipes memory when it is freed: strings of the pages held names.
#[global_allocator]
static WIPED: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// The first one, by ALSA's name for it.
const SOUND_CARD: &str = "default";

/// Why the kiosk cannot start.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("usage: kiosk --settings FILE [set-staff-code | set-passcode]")]
    Usage,
    #[error(transparent)]
    Settings(#[from] SettingsFileError),
    #[error("the code cannot be read: {0}")]
    NoCode(#[source] io::Error),
    #[error(transparent)]
    StaffCode(#[from] staff::SetError),
    #[error(transparent)]
    Passcode(#[from] passcode::SetError),
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
    let mut arguments = env::args_os().skip(1);
    let (flag, file, verb) = (arguments.next(), arguments.next(), arguments.next());
    let file =
        file.filter(|_| flag.is_some_and(|it| it == "--settings") && arguments.next().is_none());
    let file = PathBuf::from(file.ok_or(StartError::Usage)?);
    let state = || Settings::open(&file).map(|(_, settings)| settings.state_folder);
    match verb {
        None => open_window(&file),
        Some(verb) if verb == "set-staff-code" => {
            Ok(staff::set(&state()?, first_line()?.trim_end().as_bytes())?)
        }
        Some(verb) if verb == "set-passcode" => {
            Ok(passcode::set(&state()?, first_line()?.trim_end().as_bytes())?)
        }
        Some(_) => Err(StartError::Usage),
    }
}

fn first_line() -> Result<Zeroizing<String>, StartError> {
    let mut line = Zeroizing::new(String::with_capacity(64));
    io::stdin().lock().read_line(&mut line).map_err(StartError::NoCode)?;
    Ok(line)
}

fn open_window(file: &Path) -> Result<(), StartError> {
    // On an appliance the page stands before the state is open, where the settings are.
    #[cfg(not(feature = "appliance"))]
    let settings = Settings::open(file)?;
    #[cfg(feature = "appliance")]
    kiosk::appliance::take_panel()?;
    let programs = env::current_exe().map_err(StartError::Programs)?;
    let programs = programs.parent().map(PathBuf::from).unwrap_or_default();

    let window = KioskWindow::new()?;
    #[cfg(feature = "desktop")]
    kiosk::desktop::draw_at_once(window.window());
    #[cfg(feature = "appliance")]
    {
        show::starting(&window, kiosk::appliance::mark());
        show::can_turn(&window, kiosk::appliance::hangs());
    }
    let (tell, events) = mpsc::channel();
    let touched = tell.clone();
    show::connect(&window, move |event| {
        // An error means the loop has ended, and the program with it.
        let _ = touched.send(event);
    });

    let shown_in = window.as_weak();
    #[cfg(feature = "appliance")]
    let file = file.to_owned();
    thread::spawn(move || {
        #[cfg(feature = "appliance")]
        let settings = kiosk::appliance::settings(&file);
        let (file, settings) = settings;
        let check = run::machine(&settings);
        #[cfg(feature = "appliance")]
        kiosk::appliance::hang(check.shown().look.orientation);
        let known = settings.clone();
        // A desk has no image.
        let image = known.appliance.as_ref();
        let about = image.map(|_| About::read(Path::new("/"))).unwrap_or_default();
        // An error means that the window is gone, and the program with it.
        let _ = shown_in.upgrade_in_event_loop(move |it| show::introduce(&it, &known, &about));
        night::watch(tell.clone());
        let mut tones = Tones::start(SOUND_CARD);
        let workers = Workers::start(&programs, &file, &settings, tell);
        run::run(
            check,
            &events,
            |effect| workers.start_effect(effect),
            |shown, arrival| {
                tones.follow(shown);
                #[cfg(feature = "appliance")]
                kiosk::appliance::follow(shown);
                let shown = shown.clone();
                // An error means that the window is gone, and the program with it.
                let _ = shown_in.upgrade_in_event_loop(move |window| {
                    show::show(&window, &shown);
                    if let Some(arrival) = arrival {
                        arrival.write_down();
                    }
                });
            },
        );
    });
    Ok(window.run()?)
}
