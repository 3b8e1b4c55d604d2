//! Pictures as files: written whole, or from their beginning to their end into a pipe.

use super::saving;
use super::target::{self, Target};
use crate::diagnostic::Result;
use crate::plan::{Holds, SinkSpec};
use crate::signature::{Example, Param, Shape, Signature};
use std::path::Path;

/// A format that a picture can be written in. How it is encoded is for `show`.
pub(crate) struct PictureFormat {
    /// As plans name it.
    pub name: &'static str,
    /// The stage that writes it.
    pub stage: &'static Signature,
    /// What its files are called; the first is proposed.
    pub extensions: &'static [&'static str],
    /// Which pictures it holds.
    pub holds: Holds,
}

/// Every format that pictures can be written in.
pub(crate) const PICTURE_SINKS: &[&PictureFormat] = &[
    &PictureFormat {
        name: "png",
        stage: &Signature {
            name: "save png",
            summary: "Write a still picture as PNG; a cube or table that was not drawn is drawn plainly.",
            params: PARAMS,
            seek: &["to_png", "savefig", "image"],
            examples: &[Example {
                title: "A map",
                script: "load files \"dem.tif\" | plot cmap terrain | save png \"dem.png\"",
                output: "",
            }],
        },
        extensions: &["png"],
        holds: Holds::StillsFirst,
    },
    &PictureFormat {
        name: "svg",
        stage: &Signature {
            name: "save svg",
            summary: "Write a still picture as SVG, whose lines and letters stay sharp; a cube or table that was not drawn is drawn plainly.",
            params: &[
                saving::PATH,
                saving::OVERWRITE,
                Param::option(
                    "letters",
                    Shape::Choice(&["text", "paths"]),
                    "`text` can be searched and edited; `paths` look the same where DejaVu Sans is not installed; `text` unless given",
                ),
            ],
            seek: &["to_svg", "vector", "image"],
            examples: &[Example {
                title: "A chart",
                script: "load files \"rain/*.tif\" | reduce mean over space | plot | save svg \"rain.svg\"",
                output: "",
            }],
        },
        extensions: &["svg"],
        holds: Holds::Stills,
    },
    &PictureFormat {
        name: "pdf",
        stage: &Signature {
            name: "save pdf",
            summary: "Write a still picture as PDF, for papers: lines and letters are paths; a cube or table that was not drawn is drawn plainly.",
            params: PARAMS,
            seek: &["to_pdf", "vector", "paper", "print"],
            examples: &[Example {
                title: "A figure 80 mm wide",
                script: "load files \"rain/*.tif\" | mean over space | plot size 80mm 60mm theme print | save pdf \"rain.pdf\"",
                output: "",
            }],
        },
        extensions: &["pdf"],
        holds: Holds::Stills,
    },
    &PictureFormat {
        name: "gif",
        stage: &Signature {
            name: "save gif",
            summary: "Write an animation as GIF; a cube or table that was not drawn is drawn plainly.",
            params: PARAMS,
            seek: &["to_gif", "to_gif", "movie"],
            examples: &[Example {
                title: "A year of months",
                script: "load zarr \"ndvi.zarr\" | animate fps 4 label \"%b %Y\" | save gif \"ndvi.gif\" overwrite",
                output: "",
            }],
        },
        extensions: &["gif"],
        holds: Holds::Animations,
    },
    &PictureFormat {
        name: "apng",
        stage: &Signature {
            name: "save apng",
            summary: "Write an animation as animated PNG: smaller than a GIF, and of all colors; a cube or table that was not drawn is drawn plainly.",
            params: PARAMS,
            seek: &["movie", "animated"],
            examples: &[Example {
                title: "A year of months",
                script: "load zarr \"ndvi.zarr\" | animate fps 4 label \"%b %Y\" | save apng \"ndvi.png\"",
                output: "",
            }],
        },
        extensions: &["png", "apng"],
        holds: Holds::Animations,
    },
    &PictureFormat {
        name: "html",
        stage: &Signature {
            name: "save html",
            summary: "Write a picture as a page of its own; animations with a player; a cube or table that was not drawn is drawn plainly.",
            params: PARAMS,
            seek: &["page", "player"],
            examples: &[Example {
                title: "A page to send",
                script: "load zarr \"ndvi.zarr\" | animate | save html \"ndvi.html\"",
                output: "",
            }],
        },
        extensions: &["html", "htm"],
        holds: Holds::AnimationsFirst,
    },
];

/// What can be chosen about an SVG.
#[cfg(feature = "pictures")]
#[derive(Clone, Copy, Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SvgOptions {
    pub letters: Letters,
}

/// How letters are written.
#[cfg(feature = "pictures")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Letters {
    #[default]
    Text,
    Paths,
}

const PARAMS: &[Param] = &[saving::PATH, saving::OVERWRITE];

/// What of a picture's own can be refused before a pixel is read.
pub(crate) fn check(spec: &SinkSpec) -> Result<()> {
    target::check_stream(Path::new(&spec.path), spec.existing)
}

/// Holds the target of a picture that is going to be drawn.
#[cfg_attr(not(feature = "pictures"), allow(dead_code))]
pub(crate) fn hold(spec: &SinkSpec) -> Result<Target> {
    Target::hold(Path::new(&spec.path), spec.existing)
}
