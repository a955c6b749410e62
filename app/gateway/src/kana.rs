//! Half-width katakana, as names stand in the XML, to full width, as they are shown and
//! spoken. Own table and not NFKC, which would change characters of names too.

/// U+FF61 to U+FF9F, in order (JIS X 0201, columns A to D).
const FULL: &str = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜";

/// `ｼｶｸ ﾀﾛｳ` becomes `シカク タロウ`; ﾞ and ﾟ join the letter before them. Everything else
/// stays.
pub(crate) fn to_full_width(text: &str) -> String {
    let mut full = String::with_capacity(text.len());
    for c in text.chars() {
        let joined = match c {
            'ﾞ' => full.chars().last().and_then(voiced),
            'ﾟ' => full.chars().last().and_then(half_voiced),
            _ => None,
        };
        match joined {
            Some(letter) => {
                full.pop();
                full.push(letter);
            }
            None => full.push(widened(c)),
        }
    }
    full
}

fn widened(c: char) -> char {
    match c {
        '\u{FF61}'..='\u{FF9F}' => {
            FULL.chars().nth(c as usize - 0xFF61).expect("the table has all 63 of them")
        }
        _ => c,
    }
}

fn voiced(c: char) -> Option<char> {
    match c {
        'ウ' => Some('ヴ'),
        'ワ' => Some('ヷ'),
        'ヲ' => Some('ヺ'),
        _ => after(c, "カキクケコサシスセソタチツテトハヒフヘホ", 1),
    }
}

fn half_voiced(c: char) -> Option<char> {
    after(c, "ハヒフヘホ", 2)
}

/// The letter so many places behind `c` in Unicode, where these rows keep their voiced ones.
fn after(c: char, row: &str, places: u32) -> Option<char> {
    row.contains(c).then(|| char::from_u32(c as u32 + places))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(half: &str, full: &str) {
        assert_eq!(to_full_width(half), full);
    }

    // seed 146
    #[test]
    fn names_become_full_width() {
        check("ｼｶｸ ﾀﾛｳ", "シカク タロウ");
        check("ﾎﾞﾌﾞ･ﾊﾟﾊﾟﾄﾞﾌﾟﾛｽ", "ボブ・パパドプロス");
        check("ｳﾞｧﾝ ﾜﾞ ｦﾞ ｯｬｭｮ ｰ｡｢｣､", "ヴァン ヷ ヺ ッャュョ ー。「」、");
    }

    #[test]
    fn every_letter_of_the_table() {
        let half: String = ('\u{FF61}'..='\u{FF9D}').collect();
        let full: String = FULL.chars().take(61).collect();
        check(&half, &full);
        check("ｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎ", "カキクケコサシスセソタチツテトハヒフヘホ");
        let marked: String = "ｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎ".chars().flat_map(|c| [c, 'ﾞ']).collect();
        check(&marked, "ガギグゲゴザジズゼゾダヂヅデドバビブベボ");
        check("ﾊﾟﾋﾟﾌﾟﾍﾟﾎﾟ", "パピプペポ");
    }

    #[test]
    fn marks_that_join_nothing_and_other_characters_stay() {
        check("ﾞｱﾞﾅﾟ", "゛ア゛ナ゜");
        check("シカク　Ａb漢", "シカク　Ａb漢");
        check("", "");
    }
}
