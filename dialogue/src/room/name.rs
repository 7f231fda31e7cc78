//! Checks which characters names may contain.

/// Characters that are invisible or change how other characters are displayed. Two names that differ only by them look
/// the same. The table contains Unicode's default ignorable code points, format characters and line separators. Control
/// characters are checked separately, by their class.
const INVISIBLE: &[(char, char)] = &[
    ('\u{AD}', '\u{AD}'),
    ('\u{34F}', '\u{34F}'),
    ('\u{600}', '\u{605}'),
    ('\u{61C}', '\u{61C}'),
    ('\u{6DD}', '\u{6DD}'),
    ('\u{70F}', '\u{70F}'),
    ('\u{890}', '\u{891}'),
    ('\u{8E2}', '\u{8E2}'),
    ('\u{115F}', '\u{1160}'),
    ('\u{17B4}', '\u{17B5}'),
    ('\u{180B}', '\u{180F}'),
    ('\u{200B}', '\u{200F}'),
    ('\u{2028}', '\u{202E}'),
    ('\u{2060}', '\u{206F}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{FE00}', '\u{FE0F}'),
    ('\u{FEFF}', '\u{FEFF}'),
    ('\u{FFA0}', '\u{FFA0}'),
    ('\u{FFF0}', '\u{FFFB}'),
    ('\u{110BD}', '\u{110BD}'),
    ('\u{110CD}', '\u{110CD}'),
    ('\u{13430}', '\u{1343F}'),
    ('\u{1BCA0}', '\u{1BCA3}'),
    ('\u{1D173}', '\u{1D17A}'),
    ('\u{E0000}', '\u{E0FFF}'),
];

/// Returns whether every character of the name is visible: it contains no control or invisible characters.
pub(crate) fn is_printable_name(name: &str) -> bool {
    let shows = |c: char| !c.is_control() && !INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&c));
    // Most names are ASCII, for which the table is not needed.
    name.chars().all(|c| if c.is_ascii() { !c.is_ascii_control() } else { shows(c) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_invisible_characters_are_refused() {
        for name in ["general", "match:7", "Räume für alle", "日本語", "чат", "🎉 party", "a b", "", "e\u{301}"]
        {
            assert!(is_printable_name(name), "{name:?}");
        }
        for c in ['\0', '\n', '\u{7F}', '\u{85}', '\u{AD}', '\u{200B}', '\u{200F}', '\u{202A}', '\u{202E}', '\u{2060}']
        {
            assert!(!is_printable_name(&format!("a{c}b")), "{c:?}");
        }
        for c in ['\u{2028}', '\u{2066}', '\u{2069}', '\u{FEFF}', '\u{FE0F}', '\u{3164}', '\u{61C}', '\u{E0041}'] {
            assert!(!is_printable_name(&format!("{c}")), "{c:?}");
        }
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(INVISIBLE.windows(2).all(|pair| pair[0].1 < pair[1].0));
        assert!(INVISIBLE.iter().all(|(first, last)| first <= last));
    }
}
