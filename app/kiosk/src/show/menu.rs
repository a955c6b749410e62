//! The pages behind ⚙ and before 認証選択: codes, lists, what is done and what is asked.

use kiosk_core::{
    Event, Look,
    look::{Language, Night, Orientation, Reach, TextSize, Theme, Volume},
    menu::{CodeAsk, CodeKind, CodeRefused, Done, MenuEntry, MenuList, MenuPage, Question},
};
use kiosk_ui::{
    DoneAdapter, DoneKind, FactsAdapter, Hang, Hangs, KioskWindow, MenuAdapter, MenuCodeAdapter,
    Page, QuestionAdapter, QuestionKind, Scheme, TypingAdapter, WaitAdapter,
};
use slint::ComponentHandle;

use super::{account, facts, languages, network, notices, readers, reading};

/// Calls `send` with what is pressed on these pages.
pub(super) fn connect(window: &KioskWindow, send: impl Fn(Event) + Clone + 'static) {
    let heard = send.clone();
    window.global::<MenuAdapter<'_>>().on_press(move |pressed| heard(Event::Entry(entry(pressed))));
    hear!(window, send, MenuAdapter.on_back, Event::Back);
    hear!(window, send, MenuCodeAdapter.on_forgotten, Event::Forgotten);
    hear!(window, send, FactsAdapter.on_close, Event::Back);
    hear!(window, send, FactsAdapter.on_change, Event::Confirm);
    hear!(window, send, DoneAdapter.on_ok, Event::Confirm);
    hear!(window, send, QuestionAdapter.on_yes, Event::Confirm);
    hear!(window, send, QuestionAdapter.on_no, Event::Back);
    readers::connect(window, send.clone());
    reading::connect(window, send.clone());
    notices::connect(window, send.clone());
    account::connect(window, send);
}

pub(super) fn show_menu(window: &KioskWindow, page: &MenuPage, language: Language) -> Page {
    match page {
        MenuPage::Code { ask, typed, refused, first, back, forgot } => {
            window.global::<TypingAdapter<'_>>().set_typed((*typed).into());
            let code = window.global::<MenuCodeAdapter<'_>>();
            code.set_ask(asked(*ask));
            let (refused, number) = told(*refused);
            code.set_refused(refused);
            code.set_number(number);
            code.set_first(*first);
            code.set_back(*back);
            code.set_forgot(*forgot);
            Page::MenuCode
        }
        MenuPage::List(list) => {
            show_list(window, *list);
            Page::Menu
        }
        MenuPage::Info { station, reader, device } => {
            facts::show_info(window, *station, reader.as_deref(), device.as_deref())
        }
        MenuPage::Readers { readers, chosen, not_kept } => {
            readers::show_readers(window, readers, chosen.as_ref(), *not_kept)
        }
        MenuPage::Network { network, line, changed } => {
            network::show_network(window, network, *line, *changed)
        }
        MenuPage::Records(records) => facts::show_records(window, records.as_deref()),
        MenuPage::Licences => reading::show_licences(window),
        MenuPage::Done(done) => {
            window.global::<DoneAdapter<'_>>().set_kind(came_of(*done));
            Page::MenuDone
        }
        MenuPage::Question(question) => {
            window.global::<QuestionAdapter<'_>>().set_kind(match question {
                Question::LogOut => QuestionKind::LogOut,
                Question::Remove => QuestionKind::Remove,
                Question::RemoveForSure => QuestionKind::RemoveForSure,
                Question::Network => QuestionKind::Network,
            });
            Page::MenuQuestion
        }
        MenuPage::Wait | MenuPage::Starting => {
            window.global::<WaitAdapter<'_>>().set_starting(matches!(page, MenuPage::Starting));
            Page::MenuWait
        }
        MenuPage::Terms { terms, agree } => reading::show_terms(window, terms, *agree),
        MenuPage::Trouble { trouble, back } => account::show_trouble(window, *trouble, *back),
        MenuPage::Form { form, back } => account::show_form(window, form, *back),
        MenuPage::Type(page) => account::show_type(window, page),
        MenuPage::Notices(all) => notices::show_notices(window, all, language),
        MenuPage::Notice(all, at) => notices::show_notice(window, all, *at, language),
    }
}

/// What only one page needs goes with it: what was typed, and long texts.
pub(super) fn forget(window: &KioskWindow, page: Page) {
    account::forget(window, page);
    reading::forget(window, page);
}

fn show_list(window: &KioskWindow, list: MenuList) {
    let menu = window.global::<MenuAdapter<'_>>();
    menu.set_not_kept(false);
    match list {
        MenuList::Top { unread } => {
            menu.set_list(kiosk_ui::MenuList::Top);
            menu.set_unread(unread);
        }
        MenuList::Security { visual, at_start, not_kept } => {
            menu.set_list(kiosk_ui::MenuList::Security);
            menu.set_visual(visual);
            menu.set_at_start(at_start);
            menu.set_not_kept(not_kept);
        }
        MenuList::Display { look, not_kept } => {
            menu.set_list(kiosk_ui::MenuList::Display);
            show_station_look(&menu, look);
            window.global::<Hangs<'_>>().set_chosen(hang(look.orientation));
            menu.set_not_kept(not_kept);
        }
    }
}

fn show_station_look(menu: &MenuAdapter<'_>, look: Look) {
    menu.set_large(look.text_size == TextSize::Large);
    menu.set_low(look.reach == Reach::Low);
    menu.set_scheme(match look.theme {
        Theme::Normal => Scheme::Normal,
        Theme::ContrastDark => Scheme::ContrastDark,
        Theme::ContrastLight => Scheme::ContrastLight,
    });
    menu.set_language(languages::of_page(look.language));
    menu.set_volume(match look.volume {
        Volume::Off => kiosk_ui::Volume::Off,
        Volume::Low => kiosk_ui::Volume::Low,
        Volume::Middle => kiosk_ui::Volume::Middle,
        Volume::High => kiosk_ui::Volume::High,
    });
    menu.set_dark(look.night == Night::Dark);
}

/// The panel hangs as `now`, and can be told that it hangs another way.
pub fn can_turn(window: &KioskWindow, now: Orientation) {
    let hangs = window.global::<Hangs<'_>>();
    hangs.set_turns(true);
    hangs.set_now(hang(now));
}

fn hang(orientation: Orientation) -> Hang {
    match orientation {
        Orientation::Landscape => Hang::Landscape,
        Orientation::Portrait => Hang::Portrait,
        Orientation::LandscapeFlipped => Hang::LandscapeFlipped,
        Orientation::PortraitFlipped => Hang::PortraitFlipped,
    }
}

fn entry(pressed: kiosk_ui::MenuEntry) -> MenuEntry {
    use kiosk_ui::MenuEntry as E;

    match pressed {
        E::Readers => MenuEntry::Readers,
        E::Network => MenuEntry::Network,
        E::Records => MenuEntry::Records,
        E::Volume => MenuEntry::Volume,
        E::Night => MenuEntry::Night,
        E::Orientation => MenuEntry::Orientation,
        E::Notices => MenuEntry::Notices,
        E::Terms => MenuEntry::Terms,
        E::Licences => MenuEntry::Licences,
        E::Info => MenuEntry::Info,
        E::Display => MenuEntry::Display,
        E::Security => MenuEntry::Security,
        E::AccountPassword => MenuEntry::AccountPassword,
        E::Passcode => MenuEntry::Passcode,
        E::StaffCode => MenuEntry::StaffCode,
        E::Visual => MenuEntry::Visual,
        E::AtStart => MenuEntry::AtStart,
        E::Remove => MenuEntry::Remove,
        E::LogOut => MenuEntry::LogOut,
        E::TextSize => MenuEntry::TextSize,
        E::Theme => MenuEntry::Theme,
        E::Language => MenuEntry::Language,
        E::Reach => MenuEntry::Reach,
    }
}

fn asked(ask: CodeAsk) -> kiosk_ui::CodeAsk {
    match ask {
        CodeAsk::Open => kiosk_ui::CodeAsk::Open,
        CodeAsk::Current => kiosk_ui::CodeAsk::Current,
        CodeAsk::New(CodeKind::Passcode) => kiosk_ui::CodeAsk::NewPasscode,
        CodeAsk::New(CodeKind::StaffCode) => kiosk_ui::CodeAsk::NewStaffCode,
        CodeAsk::Again(CodeKind::Passcode) => kiosk_ui::CodeAsk::AgainPasscode,
        CodeAsk::Again(CodeKind::StaffCode) => kiosk_ui::CodeAsk::AgainStaffCode,
    }
}

/// With the number that goes into the text.
fn told(refused: Option<CodeRefused>) -> (kiosk_ui::CodeRefused, i32) {
    match refused {
        None => (kiosk_ui::CodeRefused::None, 0),
        Some(CodeRefused::Wrong { tries_left }) => {
            (kiosk_ui::CodeRefused::Wrong, tries_left.into())
        }
        Some(CodeRefused::Locked { minutes }) => (kiosk_ui::CodeRefused::Locked, minutes.into()),
        Some(CodeRefused::Unusable) => (kiosk_ui::CodeRefused::Unusable, 0),
        Some(CodeRefused::Differs) => (kiosk_ui::CodeRefused::Differs, 0),
        Some(CodeRefused::NotKept) => (kiosk_ui::CodeRefused::NotKept, 0),
    }
}

fn came_of(done: Done) -> DoneKind {
    match done {
        Done::Registered => DoneKind::Registered,
        Done::Code { kind: CodeKind::Passcode, first: true } => DoneKind::FirstPasscode,
        Done::Code { kind: CodeKind::StaffCode, first: true } => DoneKind::FirstStaffCode,
        Done::Code { kind: CodeKind::Passcode, first: false } => DoneKind::Passcode,
        Done::Code { kind: CodeKind::StaffCode, first: false } => DoneKind::StaffCode,
        Done::AccountPassword => DoneKind::AccountPassword,
        Done::Removed => DoneKind::Removed,
    }
}
