//! Where a visit begins, where it ends, and what ← means in it.

use std::{sync::Arc, time::Instant};

use super::{
    AdminAnswer, AdminOrder, CodeAsk, CodeKind, CodeRefused, Done, Menu, Outcome, Purpose,
    Question, Step, code,
};
use crate::{
    account::{AccountOrder, AccountTrouble},
    form::{Form, FormKind},
};

impl Menu {
    /// To the first page of this visit; nothing typed is left.
    pub(super) fn begin(&mut self) -> Outcome {
        self.forgotten = false;
        match self.purpose {
            Purpose::Gear | Purpose::PowerOn => self.step = code(CodeAsk::Open, None, None),
            Purpose::Codes => self.step = code(CodeAsk::New(CodeKind::Passcode), None, None),
            Purpose::LogIn => self.step = self.form(FormKind::LogIn),
            Purpose::FirstStart => return self.ask_terms(),
            Purpose::Removal => return self.remove(),
        }
        Outcome::Stays
    }

    /// Through the start: the notices that nobody has seen, then 認証選択.
    pub(super) fn finish(&mut self) -> Outcome {
        if !self.has_unread() {
            return Outcome::Closes;
        }
        self.step = Step::Notices;
        Outcome::Stays
    }

    /// Nobody has touched anything for too long. Behind ⚙ the menu closes; before 認証選択
    /// there is nothing to close, and what was typed is wiped.
    pub(super) fn idle(&mut self, now: Instant) -> Outcome {
        self.since = now;
        self.warned = false;
        match (&mut self.step, self.purpose) {
            (_, Purpose::Gear) => Outcome::Closes,
            (Step::Form(_), _) => self.begin(),
            (Step::Code { ask: CodeAsk::New(kind) | CodeAsk::Again(kind), .. }, _) => {
                self.step = code(CodeAsk::New(*kind), None, None);
                Outcome::Stays
            }
            (Step::Code { typed, .. }, _) => {
                typed.clear();
                Outcome::Stays
            }
            _ => Outcome::Stays,
        }
    }

    /// OK on a page that says that something is done.
    pub(super) fn after(&mut self, done: Done) -> Outcome {
        let new_staff_code = code(CodeAsk::New(CodeKind::StaffCode), None, None);
        self.step = match (done, self.purpose) {
            (Done::Registered, _) => code(CodeAsk::New(CodeKind::Passcode), None, None),
            (Done::Removed, _) => return Outcome::Wiped,
            (Done::Code { .. }, Purpose::Gear) if self.forgotten => Step::Top,
            (Done::Code { .. } | Done::AccountPassword, Purpose::Gear) => {
                Step::Security { not_kept: false }
            }
            (Done::Code { kind: CodeKind::Passcode, .. }, Purpose::FirstStart) => new_staff_code,
            (Done::Code { kind: CodeKind::Passcode, .. }, Purpose::Codes)
                if !self.has_staff_code =>
            {
                new_staff_code
            }
            _ => return self.finish(),
        };
        Outcome::Stays
    }

    /// Whether ← leads anywhere.
    pub(super) fn has_back(&self) -> bool {
        if self.purpose == Purpose::Gear {
            return true;
        }
        match &self.step {
            Step::Code { ask: CodeAsk::Again(_), .. } => true,
            Step::Code { ask: CodeAsk::New(_), .. } => self.forgotten,
            Step::Form(form) => form.kind() != FormKind::LogIn,
            Step::Notice(_) => true,
            _ => false,
        }
    }

    /// ←
    pub(super) fn back(&mut self) -> Outcome {
        if !self.has_back() && !matches!(&self.step, Step::Form(form) if form.is_editing()) {
            return Outcome::Stays;
        }
        let behind_gear = self.purpose == Purpose::Gear;
        self.step = match &mut self.step {
            Step::Form(form) if form.is_editing() => {
                form.done();
                return Outcome::Stays;
            }
            Step::Form(form) if form.plan.is_some() => {
                form.plan = None;
                return Outcome::Stays;
            }
            Step::Form(form) => match form.kind() {
                FormKind::Network { .. } => {
                    self.step = Step::Top;
                    return self.order(AdminOrder::ReadNetwork);
                }
                FormKind::Register => return self.ask_terms(),
                FormKind::LogIn | FormKind::Forgotten => code(CodeAsk::Open, None, None),
                FormKind::Password => Step::Security { not_kept: false },
            },
            Step::Code { ask: CodeAsk::Open, .. } | Step::Top => return Outcome::Closes,
            Step::Code { ask: CodeAsk::Again(kind), .. } if !behind_gear => {
                code(CodeAsk::New(*kind), None, None)
            }
            Step::Code { .. } if self.forgotten => return self.begin(),
            Step::Notices => return self.leave_notices(),
            Step::Notice(_) => Step::Notices,
            Step::Security { .. }
            | Step::Display { .. }
            | Step::Readers { .. }
            | Step::Network { .. }
            | Step::Records(_)
            | Step::Info
            | Step::Licences
            | Step::Terms { .. } => Step::Top,
            Step::Code { .. }
            | Step::Question(_)
            | Step::Removing { .. }
            | Step::LoggingOut { .. } => Step::Security { not_kept: false },
            Step::Done(done) => {
                let done = *done;
                return self.after(done);
            }
        };
        Outcome::Stays
    }

    /// 利用規約: from the gateway, unless it is here already.
    pub(super) fn ask_terms(&mut self) -> Outcome {
        self.step = Step::Terms { trouble: None };
        if self.purpose == Purpose::FirstStart && self.terms.is_some() {
            return Outcome::Stays;
        }
        self.terms = None;
        self.ask(AccountOrder::Terms)
    }

    /// デバイス登録解除, from the beginning: every step of it may be repeated.
    pub(super) fn remove(&mut self) -> Outcome {
        self.step = Step::Removing { trouble: None, wiped: false };
        self.ask(AccountOrder::Remove)
    }

    /// Yes, to what was asked once more.
    pub(super) fn sure(&mut self, question: Question) -> Outcome {
        match question {
            Question::LogOut => {
                self.step = Step::LoggingOut { trouble: None };
                self.ask(AccountOrder::LogOut)
            }
            Question::Remove => {
                self.step = Step::Question(Question::RemoveForSure);
                Outcome::Stays
            }
            Question::RemoveForSure => self.remove(),
            // Asked by its form, which keeps what was typed.
            Question::Network => Outcome::Stays,
        }
    }

    /// もう一度
    pub(super) fn again(&mut self) -> Outcome {
        match self.step {
            Step::Terms { trouble: Some(_) } => self.ask_terms(),
            Step::Removing { trouble: Some(_), .. } => self.remove(),
            Step::LoggingOut { trouble: Some(_) } => self.sure(Question::LogOut),
            _ => Outcome::Stays,
        }
    }

    /// 閉じる on お知らせ: they count as seen.
    pub(super) fn leave_notices(&mut self) -> Outcome {
        let ids = self.notices.iter().map(|notice| notice.id.clone()).collect();
        self.keep(super::Choice::NoticesRead(ids))
    }

    /// 登録する, ログイン, 変更.
    pub(super) fn submit(&mut self) -> Outcome {
        let version = self.terms.as_ref().map(|terms| terms.version.clone()).unwrap_or_default();
        let Step::Form(form) = &mut self.step else { return Outcome::Stays };
        if matches!(form.kind(), FormKind::Network { .. }) {
            return self.submit_network();
        }
        let station = form.station();
        match form.order(&version) {
            None => Outcome::Stays,
            // The station's mode is kept first: a registration whose answer is lost must not
            // leave the device in another mode than the gateway was told.
            Some(AccountOrder::Register(_)) => self.keep(super::Choice::Station(station)),
            Some(order) => self.ask(order),
        }
    }

    /// 次へ asks once more, 変更 keeps it.
    fn submit_network(&mut self) -> Outcome {
        let Step::Form(form) = &mut self.step else { return Outcome::Stays };
        match form.plan.take() {
            Some(plan) => self.order(AdminOrder::SetNetwork(plan)),
            None => {
                form.plan = form.network_plan().map(Box::new);
                Outcome::Stays
            }
        }
    }

    /// What came of it: the network as it is now, or a disk that refuses.
    pub(super) fn network_set(&mut self, answer: &AdminAnswer) -> Outcome {
        match answer {
            AdminAnswer::Network(network) => {
                self.step = Step::Network { network: Arc::clone(network), changed: true };
                Outcome::Stays
            }
            AdminAnswer::NotKept => self.refused(AccountTrouble::Disk),
            _ => Outcome::Stays,
        }
    }

    /// The station's mode is kept: now to the gateway.
    pub(super) fn register(&mut self) -> Outcome {
        let version = self.terms.as_ref().map(|terms| terms.version.clone()).unwrap_or_default();
        let Step::Form(form) = &mut self.step else { return Outcome::Stays };
        form.order(&version).map_or(Outcome::Stays, |order| self.ask(order))
    }

    pub(super) fn form(&self, kind: FormKind) -> Step {
        let form = Form::new(kind, self.chosen.station);
        Step::Form(Box::new(form.beginning_with(self.facility.clone())))
    }

    /// Nobody answered in time, or the line process has ended.
    pub(super) fn lost(&mut self) -> Outcome {
        use crate::GatewayTrouble::LineLost;

        self.waits = None;
        self.refused(AccountTrouble::Gateway(LineLost))
    }

    pub(super) fn refused(&mut self, why: AccountTrouble) -> Outcome {
        match &mut self.step {
            Step::Form(form) if why == AccountTrouble::TermsOutdated => {
                form.done();
                self.terms = None;
                return self.ask_terms();
            }
            Step::Form(form) => form.refused = Some(why),
            Step::Terms { trouble }
            | Step::Removing { trouble, .. }
            | Step::LoggingOut { trouble } => *trouble = Some(why),
            _ => {}
        }
        Outcome::Stays
    }

    /// A code was kept, or could not be.
    pub(super) fn code_kept(&mut self, kind: CodeKind, kept: bool) -> Outcome {
        if !kept {
            self.step = code(CodeAsk::New(kind), None, Some(CodeRefused::NotKept));
            return Outcome::Stays;
        }
        self.step = Step::Done(Done::Code { kind, first: self.sets_first_codes() });
        if kind == CodeKind::StaffCode {
            self.has_staff_code = true;
        }
        Outcome::CodeSet(kind)
    }

    /// The wiping of what this side keeps.
    pub(super) fn wiped_here(&mut self, kept: bool) -> Outcome {
        if !kept {
            return self.refused(AccountTrouble::Disk);
        }
        self.step = Step::Removing { trouble: None, wiped: true };
        self.ask(AccountOrder::Wipe)
    }

    /// The line process is done with its part of a removal.
    pub(super) fn removed(&mut self, wiped: bool) -> Outcome {
        if !wiped {
            return self.order(AdminOrder::Wipe);
        }
        self.step = Step::Done(Done::Removed);
        Outcome::Stays
    }
}
