//! お知らせ, and the QR code of where more stands.

use fast_qr::{ECL, QRBuilder, QRCode};
use kiosk_core::{Event, look::Language, notice::Notice};
use kiosk_ui::{KioskWindow, NoticeAdapter, NoticeLine, NoticesAdapter, Page};
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
    if page.get_url() != url || page.get_squares() == 0 {
        show_code(&page, url);
    }
    Page::MenuNotice
}

fn show_code(page: &NoticeAdapter<'_>, url: &str) {
    // An address that no code holds is shown in words alone.
    let code = QRBuilder::new(url).ecl(ECL::M).build().ok().filter(|_| !url.is_empty());
    let picture = code.map(|it| picture(&it));
    let side = picture.as_ref().map_or(0, SharedPixelBuffer::width);
    page.set_url(url.into());
    page.set_squares(i32::try_from(side).expect("a code has 185 squares at most"));
    page.set_code(picture.map(Image::from_rgb8).unwrap_or_default());
}

/// A pixel a square, dark on light in every theme: not every reader takes it the other way.
fn picture(code: &QRCode) -> SharedPixelBuffer<Rgb8Pixel> {
    let side = code.size + 2 * QUIET;
    let width = u32::try_from(side).expect("a code has 177 squares at most");
    let mut pixels = SharedPixelBuffer::new(width, width);
    pixels.make_mut_slice().fill(LIGHT);
    for (y, row) in pixels.make_mut_slice().chunks_mut(side).skip(QUIET).take(code.size).enumerate()
    {
        for (pixel, square) in row[QUIET..].iter_mut().zip(&code[y]) {
            *pixel = if square.value() { DARK } else { LIGHT };
        }
    }
    pixels
}
