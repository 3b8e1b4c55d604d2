//! An extension that colors Rastra in JupyterLab. It takes the words from the registry.

use crate::reference;
use rastra_kernel::spec::Extension;
use serde_json::json;

pub(super) fn extension() -> Extension {
    let package = json!({
        "name": "rastra",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Colors for the language of Rastra",
        "license": env!("CARGO_PKG_LICENSE"),
        "jupyterlab": {
            "extension": true,
            "outputDir": "static",
            "_build": { "load": "static/remoteEntry.js", "extension": "./extension" },
        },
    });
    let script = include_str!("assets/lab.js").replacen("\"{known}\"", &reference::words_by_kind().to_string(), 1);
    Extension {
        name: "rastra",
        files: vec![("package.json", format!("{package:#}\n")), ("static/remoteEntry.js", script)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::FUNCTIONS;
    use crate::lang::complete::KEYWORDS;
    use crate::lang::highlight::WORDS;
    use crate::plan::Reducer;
    use crate::verbs::VERBS;

    #[test]
    fn the_script_has_every_word_of_the_registry() {
        let script = &extension().files[1].1;
        let all = VERBS.iter().map(|v| v.name).chain(FUNCTIONS.iter().map(|f| f.name)).chain(WORDS);
        for word in all.chain(Reducer::words().map(|reducer| reducer.name)).chain(KEYWORDS.map(|k| k.0)) {
            assert!(script.contains(&format!("\"{word}\"")), "{word}");
        }
        let known = reference::words_by_kind();
        assert!(known["stages"]["resample"].as_array().is_some_and(|a| a.contains(&json!("min_count"))));
        assert!(known["expressions"].as_array().is_some_and(|a| a.contains(&json!("map"))));
        assert!(!script.contains("{known}"));
    }
}
