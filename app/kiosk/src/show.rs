//! The one bridge between [`Shown`] and Slint: [`show`] puts a value up, [`connect`]
//! turns what is pressed into events. No digit of a PIN goes down, only their count.

/// A callback that sends one event.
macro_rules! hear {
    ($window:ident, $send:ident, $adapter:ident.$on:ident, $event:expr) => {
        let heard = $send.clone();
        $window.global::<$adapter<'_>>().$on(move || heard($event));
    };
}

mod account;
mod facts;
mod languages;
mod menu;
mod network;
mod notices;
mod readers;
mod reading;
mod result;
mod words;

use kiosk_core::{
    Consent, Consents, Digit, Event, Look, Screen, Shown, Trouble,
    check::{Phone, Said},
    look::{Language, Reach, TextSize, Theme},
    menu::MenuPage,
    reader::Put,
    screen::Readiness,
};
use kiosk_ui::{
    Around, CardAdapter, CleaningAdapter, CompareAdapter, ConfirmAdapter, ConsentAdapter,
    ConsentTexts, ConsentsAdapter, HandoverAdapter, KioskWindow, Labels, LastTryAdapter,
    OutageAdapter, Page, PhonesAdapter, PinAdapter, ReadyAdapter, ResultAdapter, SorryAdapter,
    StaffAdapter, TypingAdapter,
};
use slint::{
    ComponentHandle, Model, ModelRc, SharedString, VecModel,
    platform::{Key, WindowEvent},
};

pub use facts::introduce;
pub use menu::can_turn;
pub use result::{Line, Record, records};

/// Calls `send` with what is pressed, on every page.
pub fn connect(window: &KioskWindow, send: impl Fn(Event) + Clone + 'static) {
    hear!(window, send, ReadyAdapter.on_next, Event::Next);
    hear!(window, send, ReadyAdapter.on_choose_phone, Event::Phones);
    hear!(window, send, ReadyAdapter.on_switch, Event::Switch);
    // On 認証選択 this is 次へ, which tries all the same.
    hear!(window, send, OutageAdapter.on_again, Event::Next);
    hear!(window, send, PhonesAdapter.on_iphone, Event::Choose(Phone::Iphone));
    hear!(window, send, PhonesAdapter.on_android, Event::Choose(Phone::Android));
    hear!(window, send, PhonesAdapter.on_back, Event::Back);
    hear!(window, send, CompareAdapter.on_next, Event::Next);
    hear!(window, send, CompareAdapter.on_back, Event::Back);
    hear!(window, send, ConfirmAdapter.on_confirm, Event::Confirm);
    hear!(window, send, ConfirmAdapter.on_back, Event::Back);
    hear!(window, send, TypingAdapter.on_erase, Event::Erase);
    hear!(window, send, TypingAdapter.on_erase_all, Event::EraseAll);
    hear!(window, send, TypingAdapter.on_next, Event::Next);
    hear!(window, send, TypingAdapter.on_back, Event::Back);
    hear!(window, send, ConsentsAdapter.on_all, Event::Consent(Said::All));
    hear!(window, send, ConsentsAdapter.on_none, Event::Consent(Said::None));
    hear!(window, send, ConsentsAdapter.on_one_by_one, Event::Consent(Said::OneByOne));
    hear!(window, send, ConsentsAdapter.on_back, Event::Back);
    hear!(window, send, ConsentAdapter.on_yes, Event::Consent(Said::Yes));
    hear!(window, send, ConsentAdapter.on_no, Event::Consent(Said::No));
    hear!(window, send, ConsentAdapter.on_back, Event::Back);
    hear!(window, send, CardAdapter.on_read, Event::ReadNow);
    hear!(window, send, CardAdapter.on_back, Event::Back);
    hear!(window, send, LastTryAdapter.on_spend, Event::SpendLastTry);
    hear!(window, send, LastTryAdapter.on_stop, Event::Close);
    hear!(window, send, ResultAdapter.on_close, Event::Close);
    hear!(window, send, SorryAdapter.on_again, Event::Again);
    hear!(window, send, SorryAdapter.on_close, Event::Close);
    hear!(window, send, Around.on_still_here, Event::StillHere);
    hear!(window, send, Around.on_open_menu, Event::Menu);
    hear!(window, send, Around.on_easier, Event::Easier);
    hear!(window, send, Around.on_call_staff, Event::CallStaff);
    hear!(window, send, Around.on_staff_came, Event::StaffCame);
    hear!(window, send, Around.on_clean, Event::Clean);

    let heard = send.clone();
    window.global::<TypingAdapter<'_>>().on_digit(move |value| {
        if let Some(digit) = u8::try_from(value).ok().and_then(Digit::new) {
            heard(Event::Digit(digit));
        }
    });
    let walking = window.as_weak();
    window.global::<Around<'_>>().on_walk(move |on| {
        if let Some(window) = walking.upgrade() {
            walk(&window, on);
        }
    });
    languages::connect(window, send.clone());
    menu::connect(window, send);
}

/// Moves the focus as Tab does: Slint has no other way to the next element.
fn walk(window: &KioskWindow, on: bool) {
    let text = SharedString::from(if on { Key::Tab } else { Key::Backtab });
    window.window().dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
    window.window().dispatch_event(WindowEvent::KeyReleased { text });
}

/// Puts the first page of an appliance up: it was turned on, and nothing is known of it yet, not
/// even whose gateway it asks. `mark` stands above every page, if it says something.
pub fn starting(window: &KioskWindow, mark: &str) {
    let around = window.global::<Around<'_>>();
    around.set_simulator(false);
    around.set_mark(mark.into());
    window.set_page(show_screen(window, &Screen::Menu(MenuPage::Starting), Language::default()));
}

/// Puts a value up.
pub fn show(window: &KioskWindow, shown: &Shown) {
    let language = languages::of_screen(&shown.screen, shown.look.language);
    show_look(window, Look { language, ..shown.look });
    let around = window.global::<Around<'_>>();
    around.set_simulator(shown.simulator);
    around.set_hurry(shown.hurry);
    around.set_phone(shown.phone);
    around.set_gear(shown.gear);
    around.set_news(shown.news);
    around.set_called(shown.called);
    around.set_dim(shown.dim);
    around.set_staff_page(matches!(shown.screen, Screen::Menu(_)));
    around.set_put(match shown.put {
        Put::Place => kiosk_ui::Put::Place,
        Put::Insert => kiosk_ui::Put::Insert,
        Put::Either => kiosk_ui::Put::Either,
    });

    let handover = window.global::<HandoverAdapter<'_>>();
    handover.set_state(words::handover(shown.handover));
    let page = show_screen(window, &shown.screen, language);
    if page != window.get_page() {
        window.invoke_hold_focus();
    }
    window.set_page(page);
    if page != Page::Result {
        result::forget(&window.global());
        // What laid the page out held names.
        kiosk_process::scrub_stack();
    }
    menu::forget(window, page);
}

/// Tells the page of a screen what it needs; gives that page.
fn show_screen(window: &KioskWindow, screen: &Screen, language: Language) -> Page {
    match screen {
        Screen::Ready { method, readiness, phones, can_switch } => {
            let ready = window.global::<ReadyAdapter<'_>>();
            ready.set_method(words::method(*method));
            ready.set_phones(*phones);
            ready.set_can_switch(*can_switch);
            show_readiness(&ready, *readiness);
            Page::Ready
        }
        Screen::Outage { why, may_try } => {
            show_outage(&window.global(), *why, *may_try);
            Page::Outage
        }
        Screen::Phones => Page::Phones,
        Screen::Staff { reason, typed, wait_s } => {
            window.global::<TypingAdapter<'_>>().set_typed((*typed).into());
            let staff = window.global::<StaffAdapter<'_>>();
            staff.set_reason(words::staff_reason(*reason));
            staff.set_wait_s(wait_s.unwrap_or_default().into());
            Page::Staff
        }
        Screen::Compare => Page::Compare,
        Screen::Confirm => Page::Confirm,
        Screen::Pin { typed, tries_left, wrong } => {
            window.global::<TypingAdapter<'_>>().set_typed((*typed).into());
            let pin = window.global::<PinAdapter<'_>>();
            pin.set_tries_left(tries_left.unwrap_or_default().into());
            pin.set_wrong(*wrong);
            Page::Pin
        }
        Screen::Consents { offered } => {
            show_consents(window, *offered);
            Page::Consents
        }
        Screen::Consent { consent, number, of } => {
            show_consent(&window.global(), *consent, (*number, *of));
            Page::Consent
        }
        Screen::Card { token, nothing_there } => {
            let card = window.global::<CardAdapter<'_>>();
            card.set_token(words::token(*token));
            card.set_nothing_there(*nothing_there);
            Page::Card
        }
        Screen::Reading => Page::Reading,
        Screen::Asking => Page::Asking,
        Screen::LastTry => Page::LastTry,
        Screen::Result { page, take_card } => {
            result::show_result(window, page, *take_card, language);
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
        Screen::Languages => Page::Languages,
        Screen::Cleaning { seconds } => {
            window.global::<CleaningAdapter<'_>>().set_seconds((*seconds).into());
            Page::Cleaning
        }
        Screen::Menu(page) => menu::show_menu(window, page, language),
    }
}

fn show_look(window: &KioskWindow, look: Look) {
    languages::speak(window, look.language);

    let theme = window.global::<kiosk_ui::Theme<'_>>();
    theme.set_large(look.text_size == TextSize::Large);
    theme.set_low(look.reach == Reach::Low);
    theme.set_scheme(match look.theme {
        Theme::Normal => kiosk_ui::Scheme::Normal,
        Theme::ContrastDark => kiosk_ui::Scheme::ContrastDark,
        Theme::ContrastLight => kiosk_ui::Scheme::ContrastLight,
    });
}

fn show_readiness(ready: &ReadyAdapter<'_>, readiness: Readiness) {
    ready.set_readiness(words::readiness(readiness));
    if let Readiness::LineDown(trouble) = readiness {
        ready.set_line_trouble(words::trouble(trouble.into()));
    }
}

fn show_outage(outage: &OutageAdapter<'_>, why: Readiness, may_try: bool) {
    outage.set_readiness(words::readiness(why));
    outage.set_may_try(may_try);
    outage.set_code(SharedString::default());
    if let Readiness::LineDown(trouble) = why {
        let trouble = Trouble::Gateway(trouble);
        outage.set_line_trouble(words::trouble(trouble));
        outage.set_code(trouble.code().into());
    }
}

fn show_consent(page: &ConsentAdapter<'_>, consent: Consent, (number, of): (u8, u8)) {
    page.set_kind(words::consent(consent));
    page.set_number(number.into());
    page.set_of(of.into());
}

fn show_consents(window: &KioskWindow, offered: Consents) {
    let kinds: Vec<_> = offered.iter().map(words::consent).collect();
    let (texts, labels) = (window.global::<ConsentTexts<'_>>(), window.global::<Labels<'_>>());
    let say = |kind| {
        let (name, official) = (texts.invoke_name(kind), texts.invoke_official(kind));
        [name, official].map(|text| labels.invoke_sentence(text).to_string()).concat()
    };
    let spoken: String = kinds.iter().copied().map(say).collect();

    let consents = window.global::<ConsentsAdapter<'_>>();
    consents.set_spoken_offered(spoken.into());
    consents.set_offered(ModelRc::new(VecModel::from(kinds)));
}

/// A model of `items`: the one that is there, where it says the same, so that what has the
/// focus keeps it.
fn kept<T: Clone + PartialEq + 'static>(there: ModelRc<T>, items: Vec<T>) -> ModelRc<T> {
    if there.iter().eq(items.iter().cloned()) { there } else { ModelRc::new(VecModel::from(items)) }
}
