//! "Did you mean": the nearest of the names that would have been right.

/// The candidate nearest to `word`, if it is near enough that a slip of the fingers explains the difference.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let letters = word.chars().count();
    // Every other letter is one slip away from a letter.
    let bound = if letters < 2 { 0 } else { (letters / 3).max(1) + 1 };
    // A word that was cut short, or one with an ending, is nearer than its letters say: `proj`, `coastlines`.
    let is_beginning = |a: &str, b: &str| a.chars().count() >= BEGINNING && b.starts_with(a);
    let rank = |c: &'a str| {
        let known = c.to_lowercase();
        let distance = strsim::damerau_levenshtein(&lower, &known);
        let begins = is_beginning(&lower, &known) || is_beginning(&known, &lower);
        let longest = letters.max(c.chars().count());
        // Two words that share no more than half of their letters are two words.
        let is_near = distance <= bound && (2 * distance < longest || distance <= 1 && longest <= 2);
        (is_near || begins).then_some((if begins { distance.min(2) } else { distance }, c))
    };
    candidates.into_iter().filter_map(rank).min_by_key(|(distance, _)| *distance).map(|(_, c)| c)
}

/// Letters that a beginning has at least.
const BEGINNING: usize = 4;

/// The help line "did you mean `x`?", if a candidate is near.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|c| format!("did you mean `{c}`?"))
}

/// `a, b, c` or, for long lists, `a, b, c and 12 more`.
pub(crate) fn list_some<'a>(names: impl IntoIterator<Item = &'a str>, most: usize) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    if names.is_empty() {
        return "none".into();
    }
    let shown = names.iter().take(most).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    if names.len() > most { format!("{shown} and {} more", names.len() - most) } else { shown }
}
