//! The one bridge between [`Shown`] and Slint: [`show`] puts a value up, [`connect`]
//! turns what is pressed into events. No digit of a PIN goes down, only their count.

mod result;
mod words;

use kiosk_core::{
    Digit, Event, Look, Screen, Shown, Trouble,
    look::{Language, Reach, TextSize, Theme},
    proof::Method,
    screen::Readiness,
};
use kiosk_ui::{
    Around, AskingAdapter, CardAdapter, ConfirmAdapter, KioskWindow, LastTryAdapter, Page,
    PinAdapter, ReadyAdapter, ResultAdapter, SorryAdapter,
};
use slint::{ComponentHandle, SharedString};

pub use result::{Line, Record, records};

/// Calls `send` with what is pressed, on every page.
pub fn connect(window: &KioskWindow, send: impl Fn(Event) + Clone + 'static) {
    // A callback that sends one event.
    macro_rules! hear {
        ($adapter:ident.$on:ident, $event:expr) => {
            let heard = send.clone();
            window.global::<$adapter<'_>>().$on(move || heard($event));
        };
    }
    hear!(ReadyAdapter.on_next, Event::Next);
    hear!(ConfirmAdapter.on_confirm, Event::Confirm);
    hear!(ConfirmAdapter.on_back, Event::Back);
    hear!(PinAdapter.on_erase, Event::Erase);
    hear!(PinAdapter.on_erase_all, Event::EraseAll);
    hear!(PinAdapter.on_next, Event::Next);
    hear!(PinAdapter.on_back, Event::Back);
    hear!(CardAdapter.on_read, Event::ReadNow);
    hear!(CardAdapter.on_back, Event::Back);
    hear!(AskingAdapter.on_next, Event::Next);
    hear!(LastTryAdapter.on_spend, Event::SpendLastTry);
    hear!(LastTryAdapter.on_stop, Event::Close);
    hear!(ResultAdapter.on_close, Event::Close);
    hear!(SorryAdapter.on_again, Event::Again);
    hear!(SorryAdapter.on_close, Event::Close);
    hear!(Around.on_still_here, Event::StillHere);

    let heard = send.clone();
    window.global::<PinAdapter<'_>>().on_digit(move |value| {
        if let Some(digit) = u8::try_from(value).ok().and_then(Digit::new) {
            heard(Event::Digit(digit));
        }
    });
    connect_look(window, send);
}

/// The look bar: each touch asks for the next of what there is.
fn connect_look(window: &KioskWindow, send: impl Fn(Event) + Clone + 'static) {
    let around = window.global::<Around<'_>>();

    let (heard, weak) = (send.clone(), window.as_weak());
    around.on_switch_language(move || {
        let Some(window) = weak.upgrade() else { return };
        heard(Event::Language(match window.global::<Around<'_>>().get_language() {
            kiosk_ui::Language::Ja => Language::En,
            kiosk_ui::Language::En => Language::Ja,
        }));
    });
    let (heard, weak) = (send.clone(), window.as_weak());
    around.on_switch_text_size(move || {
        let Some(window) = weak.upgrade() else { return };
        let large = window.global::<kiosk_ui::Theme<'_>>().get_large();
        heard(Event::TextSize(if large { TextSize::Normal } else { TextSize::Large }));
    });
    let weak = window.as_weak();
    around.on_switch_scheme(move || {
        let Some(window) = weak.upgrade() else { return };
        send(Event::Theme(match window.global::<kiosk_ui::Theme<'_>>().get_scheme() {
            kiosk_ui::Scheme::Normal => Theme::ContrastDark,
            kiosk_ui::Scheme::ContrastDark => Theme::ContrastLight,
            kiosk_ui::Scheme::ContrastLight => Theme::Normal,
        }));
    });
}

/// Puts a value up.
pub fn show(window: &KioskWindow, shown: &Shown) {
    show_look(window, shown.look);
    let around = window.global::<Around<'_>>();
    around.set_simulator(shown.simulator);
    around.set_hurry(shown.hurry);

    let page = match &shown.screen {
        Screen::Ready { method, readiness } => {
            show_ready(&window.global(), *method, *readiness);
            Page::Ready
        }
        Screen::Confirm => Page::Confirm,
        Screen::Pin { typed, tries_left, wrong } => {
            let pin = window.global::<PinAdapter<'_>>();
            pin.set_typed((*typed).into());
            pin.set_tries_left(tries_left.unwrap_or_default().into());
            pin.set_wrong(*wrong);
            Page::Pin
        }
        Screen::Card { nothing_there } => {
            window.global::<CardAdapter<'_>>().set_nothing_there(*nothing_there);
            Page::Card
        }
        Screen::Reading => Page::Reading,
        Screen::Asking => Page::Asking,
        Screen::LastTry => Page::LastTry,
        Screen::Result { page, take_card } => {
            result::show_result(window, page, *take_card, shown.look.language);
            Page::Result
        }
        Screen::TakeCard => Page::TakeCard,
        Screen::Sorry { trouble, can_retry } => {
            let sorry = window.global::<SorryAdapter<'_>>();
            sorry.set_kind(words::trouble(*trouble));
            sorry.set_code(trouble.code().into());
            sorry.set_can_retry(*can_retry);
            Page::Sorry
        }
    };
    window.set_page(page);
    if page != Page::Result {
        result::forget(&window.global());
    }
}

fn show_look(window: &KioskWindow, look: Look) {
    let (language, translation) = match look.language {
        Language::Ja => (kiosk_ui::Language::Ja, ""),
        Language::En => (kiosk_ui::Language::En, "en"),
    };
    window.global::<Around<'_>>().set_language(language);
    slint::select_bundled_translation(translation)
        .expect("Japanese is the source and English is bundled");

    let theme = window.global::<kiosk_ui::Theme<'_>>();
    theme.set_large(look.text_size == TextSize::Large);
    theme.set_low(look.reach == Reach::Low);
    theme.set_scheme(match look.theme {
        Theme::Normal => kiosk_ui::Scheme::Normal,
        Theme::ContrastDark => kiosk_ui::Scheme::ContrastDark,
        Theme::ContrastLight => kiosk_ui::Scheme::ContrastLight,
    });
}

fn show_ready(ready: &ReadyAdapter<'_>, method: Method, readiness: Readiness) {
    ready.set_method(match method {
        Method::Visual => kiosk_ui::Method::Visual,
        Method::Pin => kiosk_ui::Method::Pin,
    });
    ready.set_readiness(match readiness {
        Readiness::Ready => kiosk_ui::Readiness::Ready,
        Readiness::Starting => kiosk_ui::Readiness::Starting,
        Readiness::TakeCard => kiosk_ui::Readiness::TakeCard,
        Readiness::ReaderMissing => kiosk_ui::Readiness::ReaderMissing,
        Readiness::ReaderUnsupported => kiosk_ui::Readiness::ReaderUnsupported,
        Readiness::ReaderBusy => kiosk_ui::Readiness::ReaderBusy,
        Readiness::LineDown(_) => kiosk_ui::Readiness::LineDown,
    });
    if let Readiness::LineDown(trouble) = readiness {
        let trouble = Trouble::Gateway(trouble);
        ready.set_line_trouble(words::trouble(trouble));
        ready.set_code(SharedString::from(trouble.code()));
    }
}
