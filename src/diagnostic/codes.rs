//! Every diagnostic number: E00xx text, E01xx verbs and arguments, E02xx cube and plan, E03xx reading, E04xx running,
//! E05xx writing. Notes, which stop nothing, have none. A number is never given a second meaning.

// A row says in its text what it is.
#![allow(missing_docs)]

use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

/// A diagnostic's number and what it stands for in general.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// `E0102`: the stage of the failure in its first three characters.
    pub number: &'static str,
    /// What all failures of this number have in common.
    pub title: &'static str,
}

impl Code {
    /// Whether an input is there, and cannot be read: what `on_error skip` passes over, and what half an answer of a
    /// server may look like.
    pub fn is_unreadable(self) -> bool {
        [UNREADABLE, WRONG_FORMAT, UNSUPPORTED, DAMAGED, NOT_INSIDE, REMOTE, NO_DRIVER].contains(&self)
    }

    /// Whether the text of the program is at fault (exit code 2), not the data it met (exit code 1).
    pub fn is_language(self) -> bool {
        matches!(self.number.as_bytes(), [b'E', b'0', b'0'..=b'2', ..])
    }
}

const fn code(number: &'static str, title: &'static str) -> Code {
    Code { number, title }
}

/// Declares the numbers, and the list of them all.
macro_rules! codes {
    ($(pub const $name:ident: Code = code($number:literal, $title:literal);)*) => {
        $(pub const $name: Code = code($number, $title);)*
        /// Every number, in their order.
        pub const ALL: &[Code] = &[$($name),*];
    };
}

/// As its number: what it stands for is known wherever it arrives.
impl Serialize for Code {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.number.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Code, D::Error> {
        let number = String::deserialize(from)?;
        let code = ALL.iter().find(|code| code.number == number);
        code.copied().ok_or_else(|| D::Error::custom(format!("there is no number {number}")))
    }
}

codes! {
    // Text.
    pub const SYNTAX: Code = code("E0001", "the text does not parse");
    pub const BAD_LITERAL: Code = code("E0002", "a number, date, range or quantity that does not exist");
    pub const TOO_DEEP: Code = code("E0003", "the text is nested too deeply");
    pub const NOT_UTF8: Code = code("E0004", "the text is not UTF-8");
    pub const PIPE_WORD: Code = code("E0005", "an operator of another language");

    // Verbs and arguments.
    pub const UNKNOWN_STAGE: Code = code("E0102", "no stage has this name");
    pub const UNKNOWN_ARGUMENT: Code = code("E0103", "the stage takes no such argument");
    pub const MISSING_ARGUMENT: Code = code("E0104", "an argument is missing");
    pub const WRONG_TYPE: Code = code("E0105", "an argument of the wrong kind");
    pub const UNKNOWN_VARIABLE: Code = code("E0106", "no variable has this name");
    pub const UNKNOWN_FUNCTION: Code = code("E0107", "no function has this name");
    pub const WRONG_ARITY: Code = code("E0108", "too many or too few arguments");
    pub const MISPLACED_STAGE: Code = code("E0109", "the stage cannot stand here");
    pub const REBOUND: Code = code("E0110", "the name is bound already");
    pub const MISSING_PARAM: Code = code("E0111", "a parameter has no value");
    pub const RECURSION: Code = code("E0112", "a definition that uses itself");
    pub const UNKNOWN_CHOICE: Code = code("E0113", "not one of the values allowed here");
    pub const REPEATED_ARGUMENT: Code = code("E0114", "an argument given twice");
    pub const AMBIGUOUS_PERIOD: Code = code("E0115", "a calendar group or a length of time");
    pub const UNKNOWN_SETTING: Code = code("E0116", "no setting has this name");
    pub const UNKNOWN_META: Code = code("E0117", "no meta line has this name");
    pub const OUT_OF_RANGE: Code = code("E0118", "a value out of its range");
    pub const UNFIT_ARGUMENTS: Code = code("E0119", "arguments that do not go together");
    pub const WRONG_RESULT: Code = code("E0120", "a stage for cubes meets a table, or one for tables a cube");
    pub const NO_CONDITION: Code = code("E0121", "an expression that is no condition");
    pub const NO_NUMBER: Code = code("E0122", "a text, a list or a range where a number is wanted");

    // Cube and plan.
    pub const BOX_MISSES_CUBE: Code = code("E0201", "the box and the cube do not overlap");
    pub const UNKNOWN_BAND: Code = code("E0202", "no band has this name");
    pub const NO_TIME: Code = code("E0203", "the cube has no dates");
    pub const EMPTY_SELECTION: Code = code("E0204", "nothing is left");
    pub const STEP_OUTSIDE: Code = code("E0205", "no step has this number");
    pub const NO_CRS: Code = code("E0206", "a reference system is needed");
    pub const GRIDS_DIFFER: Code = code("E0207", "the grids differ");
    pub const TIMES_DIFFER: Code = code("E0208", "the steps do not match");
    pub const BAND_TWICE: Code = code("E0209", "two bands or columns of one name");
    pub const WRONG_LABELS: Code = code("E0210", "labels that do not fit the steps");
    pub const NOT_NORTH_UP: Code = code("E0211", "a grid this stage cannot work on");
    pub const UNKNOWN_CRS: Code = code("E0212", "no reference system of this name");
    pub const NOTHING_TO_UNDO: Code = code("E0213", "no scale or offset to undo");
    pub const UNKNOWN_PROPERTY: Code = code("E0214", "the steps have no such property");
    pub const NOT_IN_ORDER: Code = code("E0215", "the steps are not in the order of time");
    pub const UNKNOWN_FIELD: Code = code("E0220", "the features have no such field");
    pub const POINT_OUTSIDE: Code = code("E0221", "no point lies on the cube");
    pub const BAD_CLASSES: Code = code("E0222", "no raster of classes");
    pub const UNKNOWN_COLUMN: Code = code("E0223", "the table has no such column");

    // Reading.
    pub const NOT_FOUND: Code = code("E0301", "nothing is there");
    pub const UNREADABLE: Code = code("E0302", "it cannot be opened or read");
    pub const NO_DATE: Code = code("E0303", "no date in a name");
    pub const FILES_DIFFER: Code = code("E0304", "files of one cube that do not fit together");
    pub const BAD_STAC: Code = code("E0305", "malformed STAC");
    pub const UNKNOWN_ASSET: Code = code("E0306", "no asset has this name");
    pub const UNKNOWN_ARRAY: Code = code("E0307", "no array has this name");
    pub const BAD_CALENDAR: Code = code("E0308", "a calendar or time unit that is not of CF");
    pub const BAD_COORDINATES: Code = code("E0309", "coordinates that are not a regular grid");
    pub const CHOOSE_DIMENSION: Code = code("E0310", "an extra dimension needs a choice");
    pub const REMOTE: Code = code("E0311", "the server did not answer as hoped");
    pub const WRONG_FORMAT: Code = code("E0312", "it is not of the format it is loaded as");
    pub const UNSUPPORTED: Code = code("E0313", "a layout, type or place that cannot be read");
    pub const DAMAGED: Code = code("E0314", "it is damaged");
    pub const NOT_INSIDE: Code = code("E0315", "it holds nothing of what is wanted");
    pub const UNCLEAR_NAMES: Code = code("E0316", "names that leave open which step a file is");
    pub const ENDLESS: Code = code("E0317", "a catalog that does not come to an end");
    pub const NO_DRIVER: Code = code("E0318", "a format that this build has no driver for");

    // Running.
    pub const INTERRUPTED: Code = code("E0401", "interrupted");
    pub const OUT_OF_MEMORY: Code = code("E0402", "the plan does not fit in memory");
    pub const READ_FAILED: Code = code("E0403", "pixels cannot be read");
    pub const OVERFLOW: Code = code("E0404", "an integer too large for its type");
    pub const NO_WORKERS: Code = code("E0405", "the workers cannot be used");
    pub const WORK_LEFT: Code = code("E0406", "a job has tasks that are not done");
    pub const BAD_JOB: Code = code("E0407", "a job that cannot be gone on with");

    // Writing.
    pub const TARGET_EXISTS: Code = code("E0501", "the target exists");
    pub const CANNOT_WRITE: Code = code("E0502", "the target cannot be written");
    pub const BAD_OPTION: Code = code("E0503", "an option the format does not have");
    pub const BAD_TEMPLATE: Code = code("E0504", "a path template that cannot be filled");
    pub const CANNOT_APPEND: Code = code("E0505", "the target does not fit the cube");
}
