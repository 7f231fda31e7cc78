//! Translates patterns of the regex crate into the syntax of JavaScript, which JSON Schema uses too.

use std::iter::Peekable;
use std::str::Chars;

/// What `\w` matches in Rust: letters, marks, digits and connectors.
const WORD: &str = r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}";
/// General categories of Unicode, whose names are the same in both syntaxes.
const CATEGORIES: &[&str] = &[
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi",
    "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Co", "Cn",
];

/// Returns the pattern for the flag `u`, and whether it ignores case, or `None` if JavaScript cannot express it.
pub(super) fn translate(pattern: &str) -> Option<(String, bool)> {
    let (pattern, ignores_case) = match pattern.strip_prefix("(?i)") {
        Some(rest) => (rest, true),
        None => (pattern, false),
    };
    let mut translator = Translator { rest: pattern.chars().peekable(), text: String::new(), in_class: false };
    translator.run()?;
    Some((translator.text, ignores_case))
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    text: String,
    in_class: bool,
}

impl Translator<'_> {
    fn run(&mut self) -> Option<()> {
        while let Some(c) = self.rest.next() {
            match c {
                '\\' => self.escape()?,
                '[' if self.in_class => return None,
                '[' => self.begin_class(),
                ']' if self.in_class => self.end(c),
                // These operators combine character classes in Rust. JavaScript has no equivalent.
                '&' | '-' | '~' if self.in_class && self.rest.peek() == Some(&c) => return None,
                '.' if !self.in_class => self.text += r"[^\n]",
                '(' if !self.in_class => self.group()?,
                '{' if !self.in_class && self.rest.peek() == Some(&',') => return None,
                c => self.text.push(c),
            }
        }
        (!self.in_class).then_some(())
    }

    fn begin_class(&mut self) {
        self.in_class = true;
        self.text.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.text.push('^');
        }
        if self.rest.next_if_eq(&']').is_some() {
            self.text += r"\]";
        }
    }

    fn end(&mut self, c: char) {
        self.in_class = false;
        self.text.push(c);
    }

    /// Translates `(`, `(?:`, `(?<name>` and `(?P<name>`. All other groups set flags.
    fn group(&mut self) -> Option<()> {
        self.text.push('(');
        if self.rest.next_if_eq(&'?').is_some() {
            self.rest.next_if_eq(&'P');
            let kind = self.rest.next_if(|c| matches!(c, ':' | '<'))?;
            self.text.extend(['?', kind]);
        }
        Some(())
    }

    fn escape(&mut self) -> Option<()> {
        let c = self.rest.next()?;
        match c {
            'd' => self.text += r"\p{Nd}",
            'D' => self.text += r"\P{Nd}",
            's' => self.text += r"\p{White_Space}",
            'S' => self.text += r"\P{White_Space}",
            'w' if self.in_class => self.text += WORD,
            'w' => self.text.extend(["[", WORD, "]"]),
            'W' if !self.in_class => self.text.extend(["[^", WORD, "]"]),
            'p' | 'P' => self.category(c)?,
            'n' | 'r' | 't' | 'f' | 'v' => self.text.extend(['\\', c]),
            'x' | 'u' if self.rest.peek() == Some(&'{') => self.text += r"\u",
            'x' => self.text += r"\x",
            'A' => self.text.push('^'),
            'z' => self.text.push('$'),
            '-' if self.in_class => self.text += r"\-",
            c if r"^$\.*+?()[]{}|/".contains(c) => self.text.extend(['\\', c]),
            c if c.is_ascii_punctuation() || c == ' ' => self.text.push(c),
            _ => return None,
        }
        Some(())
    }

    /// Translates `\pL` or `\p{Lu}`.
    fn category(&mut self, sign: char) -> Option<()> {
        let name: String = match self.rest.next()? {
            '{' => {
                let name: String = std::iter::from_fn(|| self.rest.next_if(|c| *c != '}')).collect();
                self.rest.next()?;
                name
            }
            letter => letter.to_string(),
        };
        let is_known = CATEGORIES.contains(&name.as_str())
            || ["Alphabetic", "White_Space", "Join_Control"].contains(&name.as_str());
        is_known.then(|| self.text.extend(["\\", &sign.to_string(), "{", &name, "}"]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_javascripts_or_none() {
        let cases = [
            ("^[a-z]+$", Some("^[a-z]+$")),
            ("^a/b\\/c$", Some("^a/b\\/c$")),
            ("\\Aa\\z", Some("^a$")),
            ("a\\@b\\-c[x\\-y]", Some("a@b-c[x\\-y]")),
            ("^.{3}[.]$", Some("^[^\\n]{3}[.]$")),
            ("\\d[\\d\\s]", Some("\\p{Nd}[\\p{Nd}\\p{White_Space}]")),
            ("(?P<year>\\d{4})(?:x)", Some("(?<year>\\p{Nd}{4})(?:x)")),
            ("\\pL\\P{Lu}\\x{1F600}", Some("\\p{L}\\P{Lu}\\u{1F600}")),
            ("\\p{Greek}", None),
            ("[[:alpha:]]", None),
            ("[a-z&&[^b]]", None),
            ("(?s)a.b", None),
            ("\\bword", None),
            ("[]a]", Some("[\\]a]")),
        ];
        for (rust, javascript) in cases {
            assert_eq!(translate(rust).map(|(pattern, _)| pattern).as_deref(), javascript, "{rust}");
        }
    }

    #[test]
    fn what_is_translated_stays_as_it_is() {
        for pattern in ["^\\w.\\d[^\\s]$", "a\\.b", "^\\P{Cc}*$"] {
            let (once, _) = translate(pattern).unwrap_or_default();
            assert_eq!(translate(&once).map(|(twice, _)| twice), Some(once), "{pattern}");
        }
    }
}
