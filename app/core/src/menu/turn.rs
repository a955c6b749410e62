//! The picture in `menu.rs`, in words.

use std::time::Instant;

use super::{
    AdminAnswer, AdminOrder, CodeAsk, CodeKind, CodeRefused, IDLE, Menu, MenuEntry, Outcome,
    Passcode, Step, WARNING, code,
};
use crate::{Event, Pin, StaffCode, proof::Method};

impl Menu {
    /// Takes what was touched, or an answer. Time comes first: what is too late finds the
    /// menu closed.
    pub(crate) fn handle(&mut self, now: Instant, event: &Event) -> Outcome {
        if self.since + self.patience() <= now {
            return Outcome::Closes;
        }
        if event.is_touch() {
            self.since = now;
        }
        let outcome = match event {
            Event::Admin(id, answer) if self.waits_for == Some(*id) => {
                self.waits_for = None;
                self.since = now;
                self.answered(*answer)
            }
            // The desk has not answered yet; whoever is impatient waits with it.
            _ if self.waits_for.is_some() => Outcome::Stays,
            Event::Close => Outcome::Closes,
            Event::Back => self.back(),
            Event::Entry(entry) => self.entry(*entry),
            event => self.typed(event),
        };
        self.warned = self.waits_for.is_none() && self.since + IDLE - WARNING <= now;
        outcome
    }

    fn back(&mut self) -> Outcome {
        self.step = match self.step {
            Step::Code { ask: CodeAsk::Open, .. } | Step::Top => return Outcome::Closes,
            Step::Security { .. } | Step::Info => Step::Top,
            Step::Code { .. } | Step::Done(_) => Step::Security { not_kept: false },
        };
        Outcome::Stays
    }

    fn entry(&mut self, entry: MenuEntry) -> Outcome {
        self.step = match (&self.step, entry) {
            (Step::Top, MenuEntry::Info) => Step::Info,
            (Step::Top, MenuEntry::Security) => Step::Security { not_kept: false },
            (Step::Security { .. }, MenuEntry::Passcode) => code(CodeAsk::Current, None, None),
            (Step::Security { .. }, MenuEntry::StaffCode) => {
                code(CodeAsk::New(CodeKind::StaffCode), None, None)
            }
            (Step::Security { .. }, MenuEntry::Visual) => {
                return self.order(AdminOrder::SetMethod(self.other_method()));
            }
            _ => return Outcome::Stays,
        };
        Outcome::Stays
    }

    fn typed(&mut self, event: &Event) -> Outcome {
        if matches!((&self.step, event), (Step::Done(_), Event::Next | Event::Confirm)) {
            self.step = Step::Security { not_kept: false };
        }
        let Step::Code { typed, refused, .. } = &mut self.step else { return Outcome::Stays };
        match event {
            Event::Digit(digit) => {
                typed.push(*digit);
                *refused = None;
            }
            Event::Erase => typed.erase(),
            Event::EraseAll => typed.clear(),
            Event::Next => {
                if let Some(digits) = typed.pin() {
                    typed.clear();
                    return self.complete(digits);
                }
            }
            _ => {}
        }
        Outcome::Stays
    }

    /// Four digits and 次へ.
    fn complete(&mut self, digits: Pin) -> Outcome {
        let Step::Code { ask, first, refused, .. } = &mut self.step else { return Outcome::Stays };
        *refused = None;
        match *ask {
            CodeAsk::Open | CodeAsk::Current => {
                self.order(AdminOrder::TryPasscode(Passcode::new(digits)))
            }
            CodeAsk::New(kind) => {
                self.step = code(CodeAsk::Again(kind), Some(digits), None);
                Outcome::Stays
            }
            CodeAsk::Again(kind) if first.as_ref() != Some(&digits) => {
                self.step = code(CodeAsk::New(kind), None, Some(CodeRefused::Differs));
                Outcome::Stays
            }
            CodeAsk::Again(CodeKind::Passcode) => {
                self.order(AdminOrder::SetPasscode(Passcode::new(digits)))
            }
            CodeAsk::Again(CodeKind::StaffCode) => {
                self.order(AdminOrder::SetStaffCode(StaffCode::new(digits)))
            }
        }
    }

    /// The desk's word. What does not fit the step opens nothing.
    fn answered(&mut self, answer: AdminAnswer) -> Outcome {
        use AdminAnswer as A;
        match (&mut self.step, answer) {
            (Step::Code { ask: CodeAsk::Open, .. }, A::Right) => self.step = Step::Top,
            (Step::Code { ask: CodeAsk::Current, .. }, A::Right) => {
                self.step = code(CodeAsk::New(CodeKind::Passcode), None, None);
            }
            (Step::Code { ask: CodeAsk::Again(kind), .. }, A::Kept) => {
                let kind = *kind;
                self.step = Step::Done(kind);
                if kind == CodeKind::StaffCode {
                    return Outcome::StaffCodeSet;
                }
            }
            (Step::Code { ask: CodeAsk::Again(kind), .. }, A::NotKept) => {
                self.step = code(CodeAsk::New(*kind), None, Some(CodeRefused::NotKept));
            }
            (Step::Code { refused, .. }, A::Wrong { tries_left }) => {
                *refused = Some(CodeRefused::Wrong { tries_left });
            }
            (Step::Code { refused, .. }, A::Locked { minutes }) => {
                *refused = Some(CodeRefused::Locked { minutes });
            }
            (Step::Code { refused, .. }, A::Unusable) => *refused = Some(CodeRefused::Unusable),
            (Step::Security { not_kept }, A::Kept) => {
                *not_kept = false;
                self.method = self.other_method();
                return Outcome::Changed(self.method);
            }
            (Step::Security { not_kept }, A::NotKept) => *not_kept = true,
            _ => {}
        }
        Outcome::Stays
    }

    fn other_method(&self) -> Method {
        match self.method {
            Method::Visual => Method::Pin,
            Method::Pin => Method::Visual,
        }
    }
}
