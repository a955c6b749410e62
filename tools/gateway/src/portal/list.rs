//! Long lists in short pages: 検索結果：n件　a-b件表示　<<前へ 1 次へ>>.

use axum::http::Uri;
use maud::{Markup, html};

use crate::store::Slice;

/// Rows of a page.
const ROWS: i64 = 20;
/// Nobody turns so many pages; the store never skips more rows than that.
const PAGES_MAX: i64 = 10_000;

/// Which page of a list is asked for, from 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn(i64);

impl Turn {
    /// By `?page=`; the first one if that is no number.
    pub(super) fn of(uri: &Uri) -> Self {
        let page = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .find(|(name, _)| name == "page")
            .and_then(|(_, value)| value.parse().ok());
        Self(page.unwrap_or(1).clamp(1, PAGES_MAX))
    }

    pub(super) fn slice(self) -> Slice {
        Slice { limit: ROWS, offset: (self.0 - 1) * ROWS }
    }

    /// How many there are, which are shown, and the way to the others.
    pub(super) fn pager(self, path: &str, total: i64, shown: usize) -> Markup {
        let first = (self.0 - 1) * ROWS + 1;
        let last = first - 1 + i64::try_from(shown).unwrap_or(0);
        html! {
            nav.pager aria-label="一覧のページ" {
                p {
                    "検索結果：" (total) "件　"
                    @if shown > 0 { (first) "-" (last) "件表示" }
                }
                p.pages {
                    @if self.0 > 1 { a href={ (path) "?page=" (self.0 - 1) } { "<<前へ" } }
                    @else { span.off { "<<前へ" } }
                    span aria-current="page" { (self.0) }
                    @if total > self.0 * ROWS { a href={ (path) "?page=" (self.0 + 1) } { "次へ>>" } }
                    @else { span.off { "次へ>>" } }
                }
            }
        }
    }
}

/// Whether the address says that something was just done: fixed words, no text of a stranger's.
pub(super) fn says(uri: &Uri, word: &str) -> bool {
    uri.query() == Some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_is_some_page() {
        for (query, page) in [
            ("/codes", 1),
            ("/codes?page=3", 3),
            ("/codes?page=0", 1),
            ("/codes?page=-7", 1),
            ("/codes?page=99999999", PAGES_MAX),
            ("/codes?page=99999999999999999999", 1),
            ("/codes?page=1%27%20OR%201", 1),
        ] {
            assert_eq!(Turn::of(&query.parse().expect("an address")).0, page, "{query}");
        }
    }
}
