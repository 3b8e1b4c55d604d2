//! TEMP
use crate::plan::catalog::Shapes;
use crate::cube::*;
use crate::diagnostic::*;
pub fn polygons(_p:&str,_to:Option<&Crs>)->Result<Shapes>{Err(Diagnostic::new(codes::UNREADABLE,"x"))}
pub fn burn(_w:&str,_g:&GeoBox,_t:bool)->Result<Vec<u8>>{Err(Diagnostic::new(codes::UNREADABLE,"x"))}
