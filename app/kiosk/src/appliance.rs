//! What only the screen of an appliance needs: the panel itself, without a window system,
//! and a filter on what reaches it.

use std::{
    cell::Cell,
    env, io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use input::{
    Device, Event,
    event::{
        DeviceEvent, EventTrait, KeyboardEvent, PointerEvent, TouchEvent,
        keyboard::KeyboardEventTrait,
        touch::{TouchEventSlot, TouchEventTrait},
    },
};
use kiosk_core::{Screen, Shown, look::Orientation};
use kiosk_process::{Settings, settings::SettingsFileError};
use log::{error, info, warn};
use nix::time::{ClockId, clock_gettime};
use slint::{BackendSelector, PlatformError};

use crate::panel::{degrees, matrix, passes, turned_by};

/// How the panel hangs, in degrees: what Slint turns the picture by. It is the
/// environment's, since Slint reads it there.
const ROTATION: &str = "SLINT_KMS_ROTATION";

/// A finger on a touch screen that reports itself as a mouse.
const LEFT: u32 = 0x110;

/// How often it is looked whether the state is open.
const LOOK: Duration = Duration::from_millis(20);

/// Where an image says that its keys are to try with: anybody may have them.
const TEST_KEYS: &str = "/usr/share/kiosk/test-keys";

/// What stands above every page of this unit, if it says something. It is the same for readers of
/// any language.
pub fn mark() -> &'static str {
    if Path::new(TEST_KEYS).exists() { "TEST KEYS 試験用の鍵" } else { "" }
}

/// The settings, as soon as the state is open: they lie in it. Whoever turns the unit on
/// sees a page meanwhile.
pub fn settings(file: &Path) -> (PathBuf, Settings) {
    let mut told = false;
    loop {
        match Settings::open(file) {
            Ok(opened) => return opened,
            Err(SettingsFileError::Unreadable(_, problem))
                if problem.kind() == io::ErrorKind::NotFound => {}
            // Nobody can mend it here; a new provisioning file can.
            Err(problem) if !told => {
                error!("{problem}");
                told = true;
            }
            Err(_) => {}
        }
        thread::sleep(LOOK);
    }
}

/// How the panel hangs, as this program was told when it began.
pub fn hangs() -> Orientation {
    turned_by(env::var(ROTATION).ok().as_deref())
}

/// Lets the panel hang as it is `wanted`: the program begins anew, since Slint turns its picture
/// at no other time. Does nothing where it hangs so already.
pub fn hang(wanted: Orientation) {
    if wanted == hangs() {
        return;
    }
    info!("the panel hangs another way: {wanted:?}");
    let program = env::current_exe().unwrap_or_else(|_| "/proc/self/exe".into());
    let mut same = Command::new(program);
    same.args(env::args_os().skip(1)).env(ROTATION, degrees(wanted));
    error!("the picture cannot be turned, this program does not begin anew: {}", same.exec());
}

/// The same, where nobody is in the middle of anything.
pub fn follow(shown: &Shown) {
    if matches!(shown.screen, Screen::Ready { .. } | Screen::Outage { .. }) {
        hang(shown.look.orientation);
    }
}

/// Makes the panel the screen: call before the first window.
///
/// Errors: there is no panel, or another program has it.
pub fn take_panel() -> Result<(), PlatformError> {
    let touches =
        Touches { matrix: matrix(hangs()), turned: Cell::default(), lost: Cell::default() };
    BackendSelector::new()
        .backend_name("linuxkms".to_owned())
        .renderer_name("software".to_owned())
        .with_libinput_event_hook(move |event| touches.keep_away(event))
        .select()
}

/// What reaches the pages of what is touched and pressed.
struct Touches {
    /// How the panel hangs.
    matrix: [f32; 6],
    /// When a device was told so last, in µs of the monotonic clock.
    turned: Cell<u64>,
    /// Fingers that came before that, a bit for each slot: nobody knows where they are.
    lost: Cell<u32>,
}

impl Touches {
    /// Whether Slint must not see the event. A device that comes is told how the panel hangs.
    ///
    /// What is plugged in already when this program begins is told late: libinput gives it out
    /// together with its first touch, which it has not turned then: that one does nothing.
    fn keep_away(&self, event: &Event) -> bool {
        match event {
            Event::Device(DeviceEvent::Added(added)) => {
                come(&mut added.device(), self.matrix);
                if self.matrix != matrix(Orientation::Landscape) {
                    self.turned.set(now());
                }
                false
            }
            Event::Device(DeviceEvent::Removed(gone)) => {
                info!("input device gone: {}", gone.device().name());
                false
            }
            Event::Touch(touch) => self.is_lost(touch),
            Event::Pointer(PointerEvent::MotionAbsolute(_)) => false,
            Event::Pointer(PointerEvent::Button(button)) => button.button() != LEFT,
            Event::Keyboard(KeyboardEvent::Key(key)) => !passes(key.key()),
            _ => true,
        }
    }

    fn is_lost(&self, touch: &TouchEvent) -> bool {
        let finger = |slot: Option<u32>| 1_u32.checked_shl(slot.unwrap_or(0)).unwrap_or(0);
        let lost = self.lost.get();
        match touch {
            TouchEvent::Down(down) => {
                let finger = finger(down.slot());
                let came_before = down.time_usec() < self.turned.get();
                self.lost.set(if came_before { lost | finger } else { lost & !finger });
                came_before
            }
            TouchEvent::Motion(motion) => lost & finger(motion.slot()) != 0,
            TouchEvent::Up(up) => lost & finger(up.slot()) != 0,
            _ => false,
        }
    }
}

/// The clock of libinput's events, in µs.
fn now() -> u64 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from).unwrap_or_default();
    u64::try_from(now.as_micros()).unwrap_or(u64::MAX)
}

fn come(device: &mut Device, matrix: [f32; 6]) {
    info!("input device: {}", device.name());
    if device.config_calibration_has_matrix()
        && let Err(problem) = device.config_calibration_set_matrix(matrix)
    {
        warn!("{}: touches are not turned with the picture: {problem:?}", device.name());
    }
}
