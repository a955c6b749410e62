//! The moments of one start.

/// What is to be seen at one look.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// Any page of the kiosk.
    pub(crate) page: bool,
    /// The page behind 次へ.
    pub(crate) after_touch: bool,
    /// A driver has the reader in hand.
    pub(crate) reader: bool,
    /// The gateway was asked.
    pub(crate) gateway: bool,
}

/// Each at the first look at which it had come to pass.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Moments {
    pub(crate) first_frame: Option<f64>,
    pub(crate) touch_ready: Option<f64>,
    pub(crate) reader_ready: Option<f64>,
    pub(crate) gateway_ready: Option<f64>,
}

impl Moments {
    pub(crate) fn note(&mut self, now: f64, seen: Seen) {
        for (moment, came) in [
            (&mut self.first_frame, seen.page),
            (&mut self.touch_ready, seen.after_touch),
            (&mut self.reader_ready, seen.reader),
            (&mut self.gateway_ready, seen.gateway),
        ] {
            if came {
                moment.get_or_insert(now);
            }
        }
    }

    /// The same by a clock that was `seconds` ahead.
    pub(crate) fn later(self, seconds: f64) -> Self {
        let later = |moment: Option<f64>| moment.map(|it| it + seconds);
        Self {
            first_frame: later(self.first_frame),
            touch_ready: later(self.touch_ready),
            reader_ready: later(self.reader_ready),
            gateway_ready: later(self.gateway_ready),
        }
    }

    pub(crate) fn are_all_there(&self) -> bool {
        self.missing().is_empty()
    }

    /// What has not come to pass.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let all = [
            (self.first_frame, "a page"),
            (self.touch_ready, "a touch that works"),
            (self.reader_ready, "the reader's driver"),
            (self.gateway_ready, "a request to the gateway"),
        ];
        all.iter().filter(|(moment, _)| moment.is_none()).map(|(_, name)| *name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_look_counts_and_all_must_come() {
        let mut moments = Moments::default();
        moments.note(1.0, Seen::default());
        assert_eq!(moments, Moments::default());
        moments.note(2.0, Seen { page: true, reader: true, ..Seen::default() });
        moments.note(3.0, Seen { page: true, after_touch: true, ..Seen::default() });
        assert_eq!(moments.missing(), ["a request to the gateway"]);
        assert!(!moments.are_all_there());
        moments.note(4.0, Seen { page: true, reader: true, after_touch: true, gateway: true });
        let [first, touch, reader, gateway] = [Some(2.0), Some(3.0), Some(2.0), Some(4.0)];
        let wanted = Moments {
            first_frame: first,
            touch_ready: touch,
            reader_ready: reader,
            gateway_ready: gateway,
        };
        assert_eq!(moments, wanted);
        assert_eq!(moments.later(0.5).gateway_ready, Some(4.5));
        assert!(moments.are_all_there());
    }
}
