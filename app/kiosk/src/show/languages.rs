//! Languages: the core's, the pages', and the texts that go with each.

use kiosk_core::{Event, Screen, look::Language};
use kiosk_ui::{Around, KioskWindow, LanguagesAdapter};
use slint::ComponentHandle;

/// Calls `send` with the language that is chosen.
pub(super) fn connect(window: &KioskWindow, send: impl Fn(Event) + Clone + 'static) {
    hear!(window, send, Around.on_open_languages, Event::Languages);
    hear!(window, send, LanguagesAdapter.on_back, Event::Back);
    window
        .global::<LanguagesAdapter<'_>>()
        .on_choose(move |chosen| send(Event::Language(chosen_one(chosen))));
}

/// What a page speaks: those behind ⚙ have Japanese and English texts.
pub(super) fn of_screen(screen: &Screen, language: Language) -> Language {
    match (screen, language) {
        (Screen::Menu(_) | Screen::Cleaning { .. }, Language::En) => Language::En,
        (Screen::Menu(_) | Screen::Cleaning { .. }, _) => Language::Ja,
        _ => language,
    }
}

/// The pages speak `language` from now on.
pub(super) fn speak(window: &KioskWindow, language: Language) {
    let (shown, texts) = (of_page(language), texts(language));
    let around = window.global::<Around<'_>>();
    around.set_language(shown);
    window.global::<kiosk_ui::Theme<'_>>().set_font(around.invoke_font(shown));
    slint::select_bundled_translation(texts)
        .expect("Japanese is the source and all others are bundled");
}

pub(super) fn of_page(language: Language) -> kiosk_ui::Language {
    match language {
        Language::Ja => kiosk_ui::Language::Ja,
        Language::JaEasy => kiosk_ui::Language::JaEasy,
        Language::En => kiosk_ui::Language::En,
        Language::ZhHans => kiosk_ui::Language::ZhHans,
        Language::Ko => kiosk_ui::Language::Ko,
        Language::PtBr => kiosk_ui::Language::PtBr,
        Language::Vi => kiosk_ui::Language::Vi,
    }
}

fn chosen_one(language: kiosk_ui::Language) -> Language {
    match language {
        kiosk_ui::Language::Ja => Language::Ja,
        kiosk_ui::Language::JaEasy => Language::JaEasy,
        kiosk_ui::Language::En => Language::En,
        kiosk_ui::Language::ZhHans => Language::ZhHans,
        kiosk_ui::Language::Ko => Language::Ko,
        kiosk_ui::Language::PtBr => Language::PtBr,
        kiosk_ui::Language::Vi => Language::Vi,
    }
}

/// The folder in `app/ui/lang`.
fn texts(language: Language) -> &'static str {
    match language {
        Language::Ja => "",
        Language::JaEasy => "ja_easy",
        Language::En => "en",
        Language::ZhHans => "zh_Hans",
        Language::Ko => "ko",
        Language::PtBr => "pt_BR",
        Language::Vi => "vi",
    }
}
