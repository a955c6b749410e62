//! Which machine is up: the check, or the menu behind ⚙. The loop speaks with this one
//! and with no other.
//!
//! ```text
//!  touch ──▶ the menu while it is open, else the check
//!  world ──▶ the check, always: it knows reader and line when the menu closes
//! ```
//!
//! The menu opens from 認証選択 only, so no check runs behind it; and when it closes,
//! 認証選択 is what stands there.

use std::time::Instant;

use crate::{
    Check, Effect, Effects, Event, Screen, Settings, Shown,
    menu::{Menu, OrderId, Outcome},
};

/// The whole machine of a kiosk.
#[derive(Debug)]
pub struct Kiosk {
    check: Check,
    menu: Option<Menu>,
    /// An admin passcode is set: ⚙ leads somewhere.
    has_passcode: bool,
    next_order: OrderId,
}

impl Kiosk {
    /// A kiosk on 認証選択. Without an admin passcode (`has_passcode`) there is no ⚙.
    pub fn new(settings: Settings, has_passcode: bool) -> Self {
        Self { check: Check::new(settings), menu: None, has_passcode, next_order: OrderId(0) }
    }

    /// Takes an event; gives what is to be done. Never blocks, never fails.
    pub fn handle(&mut self, now: Instant, event: Event) -> Effects {
        if let Some(menu) = &mut self.menu {
            let outcome = menu.handle(now, &event);
            let effects = self.follow(outcome);
            // The look is everybody's; what else is touched is the menu's alone.
            if event.is_touch() && !event.is_look() {
                return effects;
            }
            let more = self.check.handle(now, event);
            return effects.into_iter().chain(more).collect();
        }
        if matches!(event, Event::Menu) {
            if self.may_open() {
                self.menu = Some(Menu::open(now, self.check.method(), self.next_order));
            }
            return Effects::new();
        }
        self.check.handle(now, event)
    }

    /// When [`Event::TimePassed`] is due, if nothing else happens.
    pub fn deadline(&self) -> Option<Instant> {
        let menu = self.menu.as_ref().map(Menu::deadline);
        menu.into_iter().chain(self.check.deadline()).min()
    }

    /// What is to be shown now.
    pub fn shown(&self) -> Shown {
        let mut shown = self.check.shown();
        if let Some(menu) = &self.menu {
            shown.screen = Screen::Menu(menu.page());
            shown.hurry = menu.hurries();
        }
        shown.gear = self.may_open();
        shown
    }

    /// Somebody who knows the passcode is at the menu.
    pub fn is_unlocked(&self) -> bool {
        self.menu.as_ref().is_some_and(Menu::is_unlocked)
    }

    fn may_open(&self) -> bool {
        self.has_passcode && self.menu.is_none() && self.check.is_ready()
    }

    fn follow(&mut self, outcome: Outcome) -> Effects {
        let mut effects = Effects::new();
        match outcome {
            Outcome::Stays => {}
            Outcome::Orders(id, order) => {
                let room = effects.push(Effect::Admin(id, order));
                room.expect("an empty list has room");
            }
            Outcome::Changed(method) => self.check.set_method(method),
            Outcome::StaffCodeSet => self.check.set_staff_code(),
            Outcome::Closes => {
                if let Some(menu) = self.menu.take() {
                    self.next_order = menu.next_order();
                }
            }
        }
        effects
    }
}
