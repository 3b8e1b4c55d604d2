//! The usage of the stage that is being typed, and which of its parts the cursor stands at.

use super::place::{Here, place};
use crate::lang::bind::usage_of;
use crate::lang::registry::Verb;

/// Arguments shown at most: nobody reads more beside what they type.
const MOST: usize = 12;

/// How a stage is written.
#[derive(Debug)]
pub(crate) struct Signature {
    pub verb: &'static Verb,
    /// The name of the stage, and each of its arguments.
    pub parts: Vec<String>,
    /// The part that comes next; the name where nothing more is missing.
    pub active: usize,
}

/// The stage around a cursor, a byte on a character's edge, and the argument that is typed there.
pub(crate) fn signature(text: &str, cursor: usize) -> Option<Signature> {
    let (verb, next) = match place(text, cursor).here {
        Here::Argument { typed, .. } => (typed.verb, typed.value_of.or(typed.positional)),
        Here::Expression { stage: Some(verb), .. } => (verb, verb.params.iter().find(|param| param.is_positional())),
        Here::Text { typed: Some(typed), .. } => (typed.verb, typed.value_of.or(typed.positional)),
        _ => return None,
    };
    let parts = usage_of(verb, MOST);
    let number = next.and_then(|next| verb.arguments().take(MOST).position(|param| param.name == next.name));
    Some(Signature { verb, parts, active: number.map_or(0, |number| number + 1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_that_comes_next() {
        for (text, wanted) in [
            ("ramp 2 2 | resample ", Some("PERIOD")),
            ("ramp 2 2 | resample 1mo ", Some("REDUCER|[..]")),
            ("ramp 2 2 | resample 1mo mean min_count ", Some("[min_count N|P%]")),
            ("ramp 2 2 | map ", Some("NAME = EXPR, ..")),
            ("load zarr \"é", Some("PATH")),
            ("ramp 2 2 | ", None),
            ("", None),
        ] {
            let found = signature(text, text.len());
            assert_eq!(found.as_ref().map(|found| found.parts[found.active].as_str()), wanted, "{text:?}");
        }
    }
}
