//! A text in which `*` stands for anything, also for slashes and for nothing.

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Pattern(pub(crate) String);

impl Pattern {
    pub(crate) fn matches(&self, text: &str) -> bool {
        let mut parts = self.0.split('*');
        // Before the first `*`, and after the last: both are fixed to an end.
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = text.strip_prefix(first) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        for part in parts {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

/// Whether one of `patterns` matches.
pub(crate) fn any(patterns: &[Pattern], text: &str) -> bool {
    patterns.iter().any(|it| it.matches(text))
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn stars_stand_for_anything() {
        let matches = |pattern: &str, text| Pattern(pattern.to_owned()).matches(text);
        assert!(matches("a", "a") && !matches("a", "ab") && !matches("a", "ba"));
        assert!(matches("*/sh", "usr/bin/sh") && !matches("*/sh", "usr/bin/ssh"));
        assert!(matches("*", "") && matches("a*b*c", "a-b-bc") && !matches("a*b*c", "a-c"));
        // What stands before and after the star are two texts.
        assert!(!matches("ab*ba", "aba") && matches("ab*ba", "abba"));
    }
}
