//! Pictures in a build without the feature `pictures`: they travel and are explained, but none is drawn.

use super::pull::{Answer, With};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::plan::{Picture, Plan};
use crate::show::html::Thumbnail;
use std::sync::Arc;

pub(crate) fn answer(picture: &Arc<Picture>, _: &With) -> Result<Answer> {
    Err(not_drawn().label(picture.span, "asked for here"))
}

pub(crate) fn thumbnail(_: &Arc<Plan>, _: &With, _: Option<u64>) -> Result<Option<Thumbnail>> {
    Err(not_drawn().help("`set thumbnails off`"))
}

fn not_drawn() -> Box<Diagnostic> {
    Diagnostic::new(codes::CANNOT_WRITE, "this build draws no pictures").help("it lacks the feature `pictures`")
}
