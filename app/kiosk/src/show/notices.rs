//! お知らせ, and the QR code of where more stands.

use fast_qr::{ECL, QRBuilder, QRCode};
use kiosk_core::{Event, look::Language, notice::Notice};
use kiosk_ui::{KioskWindow, NoticeAdapter, NoticeLine, NoticesAdapter, Page, Theme};
use slint::{ComponentHandle, Image, Rgb8Pixel, SharedPixelBuffer};

use super::{
    kept,
    reading::{lines, said},
    result::day,
};

/// The white around a code, in its own squares (ISO/IEC 18004).
const QUIET: usize = 4;
const DARK: Rgb8Pixel = Rgb8Pixel { r: 0, g: 0, b: 0 };
const LIGHT: Rgb8Pixel = Rgb8Pixel { r: 255, g: 255, b: 255 };

pub(super) fn connect(window: &KioskWindow, send: impl Fn(Event) + Clone + 'static) {
    hear!(window, send, NoticesAdapter.on_close, Event::Confirm);
    hear!(window, send, NoticeAdapter.on_back, Event::Back);
    window.global::<NoticesAdapter<'_>>().on_open(move |at| {
        if let Ok(at) = u8::try_from(at) {
            send(Event::Notice(at));
        }
    });
}

pub(super) fn show_notices(window: &KioskWindow, all: &[Notice], language: Language) -> Page {
    let line = |it: &Notice| NoticeLine {
        date: day(it.date, language).into(),
        title: it.title.as_str().into(),
    };
    let page = window.global::<NoticesAdapter<'_>>();
    let said = |it: &Notice| format!("{} {}\n", day(it.date, language), it.title);
    page.set_spoken_lines(all.iter().map(said).collect::<String>().into());
    page.set_lines(kept(page.get_lines(), all.iter().map(line).collect()));
    Page::MenuNotices
}

pub(super) fn show_notice(
    window: &KioskWindow,
    all: &[Notice],
    at: usize,
    language: Language,
) -> Page {
    let page = window.global::<NoticeAdapter<'_>>();
    // The machine shows no notice that is not there.
    let Some(notice) = all.get(at) else { return Page::MenuNotices };
    let paragraphs = lines(&notice.body);
    let url = notice.url.as_deref().unwrap_or_default();
    page.set_date(day(notice.date, language).into());
    page.set_subject(notice.title.as_str().into());
    page.set_spoken_text(said(&paragraphs));
    page.set_paragraphs(kept(page.get_paragraphs(), paragraphs));
    page.set_url(url.into());
    let room = window.global::<Theme<'_>>().get_code();
    page.set_code(code(url).map(|it| Image::from_rgb8(picture(&it, room))).unwrap_or_default());
    Page::MenuNotice
}

/// An address that no code holds is shown in words alone.
fn code(url: &str) -> Option<QRCode> {
    QRBuilder::new(url).ecl(ECL::M).build().ok().filter(|_| !url.is_empty())
}

/// Squares of so many pixels as there is room for, dark on light in every theme: not every
/// reader takes it the other way.
fn picture(code: &QRCode, room: f32) -> SharedPixelBuffer<Rgb8Pixel> {
    let squares = code.size + 2 * QUIET;
    let each = (room as usize / squares).max(1);
    let side = squares * each;
    let width = u32::try_from(side).expect("a picture smaller than the window");
    let mut pixels = SharedPixelBuffer::new(width, width);
    let is_dark = |x: usize, y: usize| {
        let place = |it: usize| (it / each).checked_sub(QUIET).filter(|it| *it < code.size);
        place(x).zip(place(y)).is_some_and(|(x, y)| code[y][x].value())
    };
    for (at, pixel) in pixels.make_mut_slice().iter_mut().enumerate() {
        *pixel = if is_dark(at % side, at / side) { DARK } else { LIGHT };
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_four_squares_of_white_around_it() {
        let code = code("https://gateway.example.jp/notices/2026/n2").expect("it fits");
        let pixels = picture(&code, 330.0);
        let (side, squares) = (pixels.width() as usize, code.size + 2 * QUIET);
        let each = side / squares;
        assert_eq!((squares, each, side), (37, 8, 296));
        let dark = |x: usize, y: usize| pixels.as_slice()[y * side + x] == DARK;
        let white = QUIET * each;
        for at in 0..side {
            assert!(!dark(at, white - 1) && !dark(white - 1, at), "{at}");
            assert!(!dark(at, side - white) && !dark(side - white, at), "{at}");
        }
        // The corners that a reader looks for.
        let last = side - white - 1;
        assert!(dark(white, white) && dark(last, white) && dark(white, last));
    }

    #[test]
    fn an_address_that_is_too_long_has_no_code() {
        assert!(code(&"x".repeat(3000)).is_none() && code("").is_none());
    }
}
