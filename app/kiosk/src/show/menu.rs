//! The pages behind ⚙.

use kiosk_core::menu::{CodeAsk, CodeKind, CodeRefused, MenuList, MenuPage};
use kiosk_ui::{DoneAdapter, KioskWindow, MenuAdapter, MenuCodeAdapter, Page, TypingAdapter};
use slint::ComponentHandle;

pub(super) fn show_menu(window: &KioskWindow, page: MenuPage) -> Page {
    match page {
        MenuPage::Code { ask, typed, refused } => {
            window.global::<TypingAdapter<'_>>().set_typed(typed.into());
            let code = window.global::<MenuCodeAdapter<'_>>();
            code.set_ask(asked(ask));
            let (refused, number) = told(refused);
            code.set_refused(refused);
            code.set_number(number);
            Page::MenuCode
        }
        MenuPage::List(list) => {
            let menu = window.global::<MenuAdapter<'_>>();
            match list {
                MenuList::Top => {
                    menu.set_list(kiosk_ui::MenuList::Top);
                    menu.set_not_kept(false);
                }
                MenuList::Security { visual, not_kept } => {
                    menu.set_list(kiosk_ui::MenuList::Security);
                    menu.set_visual(visual);
                    menu.set_not_kept(not_kept);
                }
            }
            Page::Menu
        }
        MenuPage::Info => Page::MenuInfo,
        MenuPage::Done(kind) => {
            let done = window.global::<DoneAdapter<'_>>();
            done.set_staff_code(kind == CodeKind::StaffCode);
            Page::MenuDone
        }
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
