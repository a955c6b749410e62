//! カードリーダー選択.

use kiosk_core::{Event, Reader, ReaderLabel, reader::Level};
use kiosk_ui::{KioskWindow, Page, ReaderLevel, ReaderLine, ReadersAdapter};
use slint::ComponentHandle;

use super::kept;

pub(super) fn connect(window: &KioskWindow, send: impl Fn(Event) + Clone + 'static) {
    hear!(window, send, ReadersAdapter.on_back, Event::Back);
    // 自動 is below zero.
    window
        .global::<ReadersAdapter<'_>>()
        .on_choose(move |at| send(Event::UseReader(u8::try_from(at).ok())));
}

pub(super) fn show_readers(
    window: &KioskWindow,
    readers: &[Reader],
    chosen: Option<&ReaderLabel>,
    not_kept: bool,
) -> Page {
    let page = window.global::<ReadersAdapter<'_>>();
    let line = |it: &Reader| ReaderLine {
        name: it.product().into(),
        level: level(it.level),
        chosen: chosen.is_some_and(|chosen| chosen == it.product()),
        in_use: it.in_use,
    };
    let lines: Vec<_> = readers.iter().map(line).collect();
    let said = |it: &ReaderLine| format!("{} {}\n", it.name, page.invoke_about(it.clone()));
    page.set_spoken_lines(lines.iter().map(said).collect::<String>().into());
    page.set_automatic(chosen.is_none());
    page.set_not_kept(not_kept);
    page.set_lines(kept(page.get_lines(), lines));
    Page::MenuReaders
}

fn level(level: Level) -> ReaderLevel {
    match level {
        Level::Supported => ReaderLevel::Supported,
        Level::ShouldWork => ReaderLevel::ShouldWork,
        Level::Unsupported => ReaderLevel::Unsupported,
        Level::Unknown => ReaderLevel::Unknown,
    }
}
