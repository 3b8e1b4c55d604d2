//! `rename`: give bands or columns other names.

use super::prelude::*;
use crate::lang::ast::ExprKind;
use crate::plan::show::typed;

pub(super) const VERB: Verb = Verb {
    name: "rename",
    group: Group::Pick,
    summary: "Give bands, or the columns of a table, other names.",
    params: &[Param::required("names", Shape::Assigns, "`new = old`, several with commas.")],
    seek: &["name", "alias"],
    examples: &[Example {
        title: "A name people know",
        script: "ramp 1 2 bands B4 | rename red = B4 | show",
        output: "2020-01-01 red\n 0  1\n10 11\n",
    }],
    lower: Lower::Both(renamed, renamed),
};

fn renamed<T: Named>(call: &Call, input: &T) -> Result<T> {
    let known = input.names();
    let mut names = known.clone();
    for assign in call.assigns("names") {
        let ExprKind::Band(old) = &assign.value.value else {
            return Err(Diagnostic::new(codes::WRONG_TYPE, "`rename` takes the name of a band or column")
                .label(assign.value.span, "not a name")
                .help("a new one from an expression is made by `derive new = ...`"));
        };
        let new = &assign.name.value;
        // `old = new` is the order of some other tools.
        let turned = (known.contains(new) && !known.contains(old))
            .then(|| format!("the new name comes first: `rename {} = {}`", typed(old), typed(new)));
        let position = input.position(old, assign.value.span).map_err(|d| d.help_if(turned))?;
        names[position].clone_from(new);
    }
    input.compute(names.into_iter().enumerate().map(|(i, name)| (name, Expr::Band(i))).collect(), call.span)
}
