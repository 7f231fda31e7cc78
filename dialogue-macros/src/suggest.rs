//! Suggestions for misspelled words.

/// Returns an error message with the most similar known word, or with the list of known words if none is similar.
pub(crate) fn unknown(kind: &str, word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(near) => format!("unknown {kind} `{word}`, did you mean `{near}`?"),
        None => format!("unknown {kind} `{word}`, expected one of {}", list(known)),
    }
}

/// Returns the most similar known word if it is similar enough to be what was meant. Of two equally similar words, the
/// one with the same letters wins.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let rank = |known: &'a str| (distance(word, known), letters(word) != letters(known), known);
    let (distance, _, near) = known.iter().map(|known| rank(known)).min()?;
    (distance <= 1 + near.len() / 4).then_some(near)
}

fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn letters(word: &str) -> Vec<char> {
    let mut letters: Vec<char> = word.chars().collect();
    letters.sort_unstable();
    letters
}

/// Returns the number of insertions, deletions, replacements and swaps of neighbors that turn one word into the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        rows[i][0] = i;
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_costs_one() {
        assert_eq!(distance("histroy", "history"), 1);
        assert_eq!(distance("max_szie", "max_size"), 1);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn only_near_words_are_suggested() {
        assert_eq!(nearest("evnts", &["events", "name"]), Some("events"));
        assert_eq!(nearest("colour", &["events", "name"]), None);
        assert_eq!(nearest("u46", &["u16", "u64"]), Some("u64"));
    }
}
