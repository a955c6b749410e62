//! Long texts: 利用規約, and the licence word for word.

use kiosk_core::{Event, account::Terms};
use kiosk_ui::{KioskWindow, LicencesAdapter, Page, TermsAdapter};
use slint::{ComponentHandle, ModelRc, SharedString};

use super::kept;

/// Under which this program is.
const LICENCE: &str = include_str!("../../../../LICENSE");

pub(super) fn connect(window: &KioskWindow, send: impl Fn(Event) + Clone + 'static) {
    hear!(window, send, TermsAdapter.on_go_on, Event::Confirm);
    hear!(window, send, TermsAdapter.on_close, Event::Back);
    hear!(window, send, LicencesAdapter.on_close, Event::Back);
}

pub(super) fn show_terms(window: &KioskWindow, terms: &Terms, agree: bool) -> Page {
    let page = window.global::<TermsAdapter<'_>>();
    let paragraphs = lines(&terms.text);
    page.set_spoken_text(said(&paragraphs));
    page.set_paragraphs(kept(page.get_paragraphs(), paragraphs));
    page.set_version(terms.version.as_str().into());
    page.set_agree(agree);
    Page::MenuTerms
}

pub(super) fn show_licences(window: &KioskWindow) -> Page {
    let page = window.global::<LicencesAdapter<'_>>();
    let paragraphs = joined(LICENCE);
    page.set_spoken_text(said(&paragraphs));
    page.set_paragraphs(kept(page.get_paragraphs(), paragraphs));
    Page::MenuLicences
}

pub(super) fn forget(window: &KioskWindow, page: Page) {
    if page != Page::MenuTerms {
        let terms = window.global::<TermsAdapter<'_>>();
        terms.set_paragraphs(ModelRc::default());
        terms.set_spoken_text(SharedString::default());
    }
    if page != Page::MenuLicences {
        let licences = window.global::<LicencesAdapter<'_>>();
        licences.set_paragraphs(ModelRc::default());
        licences.set_spoken_text(SharedString::default());
    }
}

/// Line by line: what is out of sight is not laid out anew, and no element is too high for
/// the renderer.
pub(super) fn lines(text: &str) -> Vec<SharedString> {
    text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(Into::into).collect()
}

/// Paragraphs of a text that was broken for a terminal.
fn joined(text: &str) -> Vec<SharedString> {
    let paragraphs =
        text.split("\n\n").map(|it| it.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.filter(|it| !it.is_empty()).map(Into::into).collect()
}

/// The same for a voice.
pub(super) fn said(lines: &[SharedString]) -> SharedString {
    lines.join("\n").into()
}
