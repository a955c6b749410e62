//! The picture in `menu.rs`, in words.

use std::{sync::Arc, time::Instant};

use super::{
    AdminAnswer, AdminOrder, Choice, CodeAsk, CodeKind, CodeRefused, Done, IDLE, IDLE_AT_START,
    Menu, MenuEntry, Outcome, Passcode, Purpose, Question, Step, WARNING, Waits, code,
    next::{next_look, other},
};
use crate::{
    Deed, Event, GatewayTrouble, LineStatus, Pin, ReaderLabel, StaffCode,
    account::AccountAnswer,
    form::{Form, FormKind},
};

impl Menu {
    /// Takes what was touched, or an answer. Time comes first: what is too late finds the
    /// menu closed.
    pub(crate) fn handle(&mut self, now: Instant, event: &Event) -> Outcome {
        if self.since + self.patience() <= now {
            let outcome = match self.waits {
                Some(Waits::ForLine(_)) => self.lost(),
                _ => {
                    self.waits = None;
                    self.idle(now)
                }
            };
            self.since = now;
            return outcome;
        }
        if event.is_touch() {
            self.since = now;
        }
        let outcome = match event {
            Event::Admin(id, answer) if self.waits == Some(Waits::For(*id)) => {
                self.waits = None;
                self.since = now;
                self.answered(answer)
            }
            Event::Account(id, answer) if self.waits == Some(Waits::ForLine(*id)) => {
                self.waits = None;
                self.since = now;
                self.line_answered(answer)
            }
            Event::Notices(notices) => self.told(notices),
            Event::Readers(readers) => {
                self.readers = Arc::clone(readers);
                Outcome::Stays
            }
            Event::Device(device) => {
                self.device = device.clone();
                Outcome::Stays
            }
            Event::Line(status) => self.line(*status),
            // Nothing else counts until the answer is there.
            _ if self.waits.is_some() => Outcome::Stays,
            Event::Close if matches!(self.step, Step::Notices) => self.leave_notices(),
            Event::Close if self.purpose == Purpose::Gear => Outcome::Closes,
            Event::Back => self.back(),
            Event::Again => self.again(),
            Event::Entry(entry) => self.entry(*entry),
            event => self.touched(event),
        };
        let idle = if self.purpose == Purpose::Gear { IDLE } else { IDLE_AT_START };
        self.warned = self.waits.is_none() && self.since + idle - WARNING <= now;
        outcome
    }

    fn told(&mut self, notices: &Arc<[crate::notice::Notice]>) -> Outcome {
        self.notices = Arc::clone(notices);
        if let Step::Notice(at) = self.step
            && at >= notices.len()
        {
            self.step = Step::Notices;
        }
        Outcome::Stays
    }

    /// What the line says may be what this visit waits for.
    fn line(&mut self, status: LineStatus) -> Outcome {
        self.line = status;
        let is_up = matches!(status, LineStatus::Up { .. });
        match (self.purpose, self.waits) {
            (_, Some(Waits::ForLine(_)))
                if status == LineStatus::Down(GatewayTrouble::LineLost) =>
            {
                self.lost()
            }
            // By itself: whoever stands there is a patient, for whom no お知らせ is.
            (Purpose::LogIn, None) if is_up => Outcome::Closes,
            // Somebody registered it by another way.
            (Purpose::FirstStart, None)
                if is_up && matches!(self.step, Step::Terms { .. } | Step::Form(_)) =>
            {
                Outcome::Closes
            }
            _ => Outcome::Stays,
        }
    }

    fn entry(&mut self, entry: MenuEntry) -> Outcome {
        use MenuEntry as E;

        self.step = match (&self.step, entry) {
            (Step::Top, E::Info) => Step::Info,
            (Step::Top, E::Licences) => Step::Licences,
            (Step::Top, E::Readers) => Step::Readers { not_kept: false },
            (Step::Top, E::Network) => return self.order(AdminOrder::ReadNetwork),
            (Step::Top, E::Records) => return self.order(AdminOrder::ReadRecords),
            (Step::Top, E::Notices) => Step::Notices,
            (Step::Top, E::Terms) => return self.ask_terms(),
            (Step::Top, E::Display) => Step::Display { not_kept: false },
            (Step::Top, E::Security) => Step::Security { not_kept: false },
            (Step::Security { .. }, E::AccountPassword) => self.form(FormKind::Password),
            (Step::Security { .. }, E::Passcode) => code(CodeAsk::Current, None, None),
            (Step::Security { .. }, E::StaffCode) => {
                code(CodeAsk::New(CodeKind::StaffCode), None, None)
            }
            (Step::Security { .. }, E::Visual) => {
                return self.keep(Choice::Method(other(self.chosen.method)));
            }
            (Step::Security { .. }, E::AtStart) => {
                return self.keep(Choice::PasscodeAtStart(!self.chosen.at_start));
            }
            (Step::Security { .. }, E::LogOut) => Step::Question(Question::LogOut),
            (Step::Security { .. }, E::Remove) => Step::Question(Question::Remove),
            (Step::Display { .. }, entry) => {
                return match next_look(self.chosen.look, entry) {
                    Some(look) => self.keep(Choice::Look(look)),
                    None => Outcome::Stays,
                };
            }
            _ => return Outcome::Stays,
        };
        Outcome::Stays
    }

    fn touched(&mut self, event: &Event) -> Outcome {
        match (&mut self.step, event) {
            (Step::Done(done), Event::Next | Event::Confirm) => {
                let done = *done;
                self.after(done)
            }
            (Step::Question(question), Event::Confirm) => {
                let question = *question;
                self.sure(question)
            }
            (Step::Terms { trouble: None }, Event::Confirm)
                if self.purpose == Purpose::FirstStart && self.terms.is_some() =>
            {
                self.step = self.form(FormKind::Register);
                Outcome::Stays
            }
            (Step::Notices, Event::Confirm) => self.leave_notices(),
            (Step::Notices, Event::Notice(at)) if usize::from(*at) < self.notices.len() => {
                self.step = Step::Notice((*at).into());
                Outcome::Stays
            }
            (Step::Code { ask: CodeAsk::Open, .. }, Event::Forgotten) => {
                self.step = self.form(FormKind::Forgotten);
                Outcome::Stays
            }
            (Step::Readers { .. }, Event::UseReader(at)) => self.use_reader(*at),
            (Step::Network { network, .. }, Event::Confirm) => {
                self.step = Step::Form(Box::new(Form::of_network(&network.plan)));
                Outcome::Stays
            }
            (Step::Form(_), event) => self.filled(event),
            (Step::Code { .. }, event) => self.typed(event),
            _ => Outcome::Stays,
        }
    }

    fn filled(&mut self, event: &Event) -> Outcome {
        let Step::Form(form) = &mut self.step else { return Outcome::Stays };
        match event {
            Event::Confirm if !form.is_editing() => return self.submit(),
            // Behind the question nothing can be touched.
            _ if form.plan.is_some() => {}
            Event::Field(field) => form.edit(*field),
            Event::Station(station) => form.set_station(*station),
            Event::Dhcp(dhcp) => form.set_dhcp(*dhcp),
            Event::Digit(digit) => form.push((*digit).into()),
            Event::Letter(letter) => form.push(*letter),
            Event::Erase => form.erase(),
            Event::EraseAll => form.clear(),
            Event::Reveal => form.reveal(),
            Event::Next => form.done(),
            _ => {}
        }
        Outcome::Stays
    }

    fn typed(&mut self, event: &Event) -> Outcome {
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

    /// A reader of the list, by its product: the numbers behind it change.
    fn use_reader(&mut self, at: Option<u8>) -> Outcome {
        let reader = match at {
            None => None,
            Some(at) => match self.readers.get(usize::from(at)) {
                Some(reader) => ReaderLabel::try_from(reader.product()).ok(),
                None => return Outcome::Stays,
            },
        };
        self.keep(Choice::Reader(reader))
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
    fn answered(&mut self, answer: &AdminAnswer) -> Outcome {
        use AdminAnswer as A;

        let kept = *answer == A::Kept;
        self.deed = self.deed_of(answer);
        let choice = self.choosing.take().filter(|_| kept);
        if let Some(choice) = choice {
            self.chosen.apply(choice.clone());
            self.changed = Some(choice);
        }
        match (&mut self.step, answer) {
            (Step::Code { ask: CodeAsk::Open, .. }, A::Right) => match self.purpose {
                Purpose::Gear => self.step = Step::Top,
                _ => return self.finish(),
            },
            (Step::Code { ask: CodeAsk::Current, .. }, A::Right) => {
                self.step = code(CodeAsk::New(CodeKind::Passcode), None, None);
            }
            (Step::Code { ask: CodeAsk::Again(kind), .. }, A::Kept | A::NotKept) => {
                let kind = *kind;
                return self.code_kept(kind, kept);
            }
            (Step::Code { refused, .. }, A::Wrong { tries_left }) => {
                *refused = Some(CodeRefused::Wrong { tries_left: *tries_left });
            }
            (Step::Code { refused, .. }, A::Locked { minutes }) => {
                *refused = Some(CodeRefused::Locked { minutes: *minutes });
            }
            (Step::Code { refused, .. }, A::Unusable) => *refused = Some(CodeRefused::Unusable),
            (
                Step::Security { not_kept }
                | Step::Display { not_kept }
                | Step::Readers { not_kept },
                A::Kept | A::NotKept,
            ) => {
                *not_kept = !kept;
            }
            (Step::Top, A::Records(records)) => self.step = Step::Records(records.clone()),
            (Step::Top, A::Network(network)) => {
                self.step = Step::Network { network: Arc::clone(network), changed: false };
            }
            (Step::Form(form), answer) if matches!(form.kind(), FormKind::Network { .. }) => {
                return self.network_set(answer);
            }
            (Step::Form(_), A::Kept) => return self.register(),
            (Step::Form(_), A::NotKept) => return self.refused(crate::AccountTrouble::Disk),
            (Step::Removing { .. }, A::Kept | A::NotKept) => return self.wiped_here(kept),
            // Seen is seen, also where the disk refuses.
            (Step::Notices, _) if self.purpose == Purpose::Gear => self.step = Step::Top,
            (Step::Notices, _) => return Outcome::Closes,
            _ => {}
        }
        Outcome::Stays
    }

    /// What the journal says of the desk's word.
    fn deed_of(&self, answer: &AdminAnswer) -> Option<Deed> {
        match (&self.step, answer) {
            (Step::Code { ask: CodeAsk::Open, .. }, AdminAnswer::Right) => Some(Deed::MenuOpened),
            (Step::Code { .. }, AdminAnswer::Wrong { .. }) => Some(Deed::WrongPasscode),
            (Step::Code { ask: CodeAsk::Again(kind), .. }, AdminAnswer::Kept) => Some(match kind {
                CodeKind::Passcode => Deed::PasscodeSet,
                CodeKind::StaffCode => Deed::StaffCodeSet,
            }),
            (
                Step::Security { .. } | Step::Display { .. } | Step::Readers { .. },
                AdminAnswer::Kept,
            ) => Some(Deed::SettingChanged),
            (Step::Form(_), AdminAnswer::Network(_)) => Some(Deed::SettingChanged),
            _ => None,
        }
    }

    /// The line process's word.
    fn line_answered(&mut self, answer: &AccountAnswer) -> Outcome {
        self.deed = match (&self.step, answer) {
            (Step::Form(form), AccountAnswer::Done) => match form.kind() {
                FormKind::Register => Some(Deed::Registered),
                FormKind::Password => Some(Deed::PasswordChanged),
                FormKind::LogIn | FormKind::Forgotten => Some(Deed::LoggedIn),
                FormKind::Network { .. } => None,
            },
            (Step::LoggingOut { .. }, AccountAnswer::Done) => Some(Deed::LoggedOut),
            _ => None,
        };
        match (&mut self.step, answer) {
            (Step::Terms { .. }, AccountAnswer::Terms { terms, .. }) => {
                self.terms = Some(Arc::new((**terms).clone()));
            }
            (Step::Form(form), AccountAnswer::Done) => match form.kind() {
                FormKind::Register => self.step = Step::Done(Done::Registered),
                FormKind::Password => self.step = Step::Done(Done::AccountPassword),
                FormKind::LogIn => return self.finish(),
                // No order to the gateway.
                FormKind::Network { .. } => {}
                FormKind::Forgotten => {
                    self.forgotten = true;
                    self.step = code(CodeAsk::New(CodeKind::Passcode), None, None);
                }
            },
            (Step::LoggingOut { .. }, AccountAnswer::Done) => return Outcome::Closes,
            (Step::Removing { wiped, .. }, AccountAnswer::Done) => {
                let wiped = *wiped;
                return self.removed(wiped);
            }
            (_, AccountAnswer::Refused(trouble)) => return self.refused(*trouble),
            _ => {}
        }
        Outcome::Stays
    }
}
