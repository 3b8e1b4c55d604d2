//! Writes a figure as PDF, for papers: lines and letters as paths, maps as pixels.

use super::figure::{Figure, Image, Mark, Paint, Side, Text};
use super::font;
use crate::plan::picture::{Color, Look};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref};
use std::io::{self, Write};

/// Points of a page an inch.
const POINTS: f64 = 72.0;
/// The parts of a circle are drawn as cubic curves whose handles are so long, as a share of the radius.
const HANDLE: f64 = 0.552_284_75;

const CATALOG: i32 = 1;
const PAGES: i32 = 2;
const PAGE: i32 = 3;
const CONTENT: i32 = 4;
/// Images come after these, each in two parts: its colors, and what of it is transparent.
const FIRST_IMAGE: i32 = 5;

/// The figure as a PDF of one page, as large as its pixels are by its dots an inch.
pub(crate) fn pdf(figure: &Figure) -> io::Result<Vec<u8>> {
    let (width, height) = (f64::from(figure.size.0), f64::from(figure.size.1));
    let scale = POINTS / figure.dpi.unwrap_or(Look::DPI);
    let mut pdf = Pdf::new();
    pdf.catalog(Ref::new(CATALOG)).pages(Ref::new(PAGES));
    pdf.pages(Ref::new(PAGES)).kids([Ref::new(PAGE)]).count(1);
    let mut page = pdf.page(Ref::new(PAGE));
    page.parent(Ref::new(PAGES)).contents(Ref::new(CONTENT));
    page.media_box(Rect::new(0.0, 0.0, (width * scale) as f32, (height * scale) as f32));
    let mut resources = page.resources();
    let mut objects = resources.x_objects();
    for i in 0..figure.images.len() {
        objects.pair(Name(name(i).as_bytes()), reference(i, 0));
    }
    objects.finish();
    resources.finish();
    page.finish();
    let mut sheet = Sheet { content: Content::new(), figure };
    // From pixels that count downwards to points that count upwards.
    sheet.content.transform([scale as f32, 0.0, 0.0, -scale as f32, 0.0, (height * scale) as f32]);
    sheet.fill(Paint::Paper);
    sheet.content.rect(0.0, 0.0, width as f32, height as f32).fill_nonzero();
    for (i, image) in figure.images.iter().enumerate() {
        let rect = image.rect;
        sheet.content.save_state();
        // The first row of an image is its upper one, where the page counts downwards.
        sheet.content.transform([rect.w as f32, 0.0, 0.0, -rect.h as f32, rect.x as f32, rect.bottom() as f32]);
        sheet.content.x_object(Name(name(i).as_bytes()));
        sheet.content.restore_state();
    }
    figure.marks.iter().for_each(|mark| sheet.mark(mark));
    let content = packed(&sheet.content.finish())?;
    pdf.stream(Ref::new(CONTENT), &content).filter(Filter::FlateDecode);
    for (i, image) in figure.images.iter().enumerate() {
        write(&mut pdf, i, image)?;
    }
    Ok(pdf.finish())
}

fn name(image: usize) -> String {
    format!("I{image}")
}

fn reference(image: usize, part: i32) -> Ref {
    Ref::new(FIRST_IMAGE + 2 * image as i32 + part)
}

fn packed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn write(pdf: &mut Pdf, i: usize, image: &Image) -> io::Result<()> {
    let pixels = image.rgba.chunks_exact(4);
    let colors = packed(&pixels.clone().flat_map(|p| [p[0], p[1], p[2]]).collect::<Vec<u8>>())?;
    let alpha = packed(&pixels.map(|p| p[3]).collect::<Vec<u8>>())?;
    let mut object = pdf.image_xobject(reference(i, 0), &colors);
    object.filter(Filter::FlateDecode);
    object.width(image.rect.w).height(image.rect.h).bits_per_component(8);
    object.color_space().device_rgb();
    object.s_mask(reference(i, 1));
    object.finish();
    let mut mask = pdf.image_xobject(reference(i, 1), &alpha);
    mask.filter(Filter::FlateDecode);
    mask.width(image.rect.w).height(image.rect.h).bits_per_component(8);
    mask.color_space().device_gray();
    mask.finish();
    Ok(())
}

struct Sheet<'a> {
    content: Content,
    figure: &'a Figure,
}

impl Sheet<'_> {
    fn rgb(&self, paint: Paint) -> [f32; 3] {
        let Color(rgb) = paint.color(self.figure.theme);
        rgb.map(|c| f32::from(c) / 255.0)
    }

    fn fill(&mut self, paint: Paint) {
        let [r, g, b] = self.rgb(paint);
        self.content.set_fill_rgb(r, g, b);
    }

    fn stroke(&mut self, paint: Paint, width: f64) {
        let [r, g, b] = self.rgb(paint);
        self.content.set_stroke_rgb(r, g, b).set_line_width(width as f32);
        self.content.set_line_cap(LineCapStyle::RoundCap).set_line_join(LineJoinStyle::RoundJoin);
    }

    fn path(&mut self, points: &[[f64; 2]]) {
        for (i, [x, y]) in points.iter().enumerate() {
            let (x, y) = (*x as f32, *y as f32);
            if i == 0 {
                self.content.move_to(x, y)
            } else {
                self.content.line_to(x, y)
            };
        }
    }

    fn mark(&mut self, mark: &Mark) {
        match mark {
            Mark::Line { points, color, width } => {
                self.stroke(*color, *width);
                self.path(points);
                self.content.stroke();
            }
            Mark::Area { points, color } => {
                self.fill(*color);
                self.path(points);
                self.content.close_path().fill_nonzero();
            }
            Mark::Box { rect, color } => {
                self.fill(*color);
                self.content.rect(rect.x as f32, rect.y as f32, rect.w as f32, rect.h as f32).fill_nonzero();
            }
            Mark::Frame { rect, color } => {
                self.stroke(*color, 1.0);
                // Through the middle of its pixels.
                let (w, h) = (rect.w as f32 - 1.0, rect.h as f32 - 1.0);
                self.content.rect(rect.x as f32 + 0.5, rect.y as f32 + 0.5, w, h).stroke();
            }
            Mark::Dot { at: [x, y], radius, color } => {
                self.fill(*color);
                let at = |dx: f64, dy: f64| ((x + dx * radius) as f32, (y + dy * radius) as f32);
                let (x, y) = at(1.0, 0.0);
                self.content.move_to(x, y);
                for [[ax, ay], [bx, by]] in [
                    [[1.0, 0.0], [0.0, 1.0]],
                    [[0.0, 1.0], [-1.0, 0.0]],
                    [[-1.0, 0.0], [0.0, -1.0]],
                    [[0.0, -1.0], [1.0, 0.0]],
                ] {
                    let (ax1, ay1) = at(ax + HANDLE * bx, ay + HANDLE * by);
                    let (bx1, by1) = at(bx + HANDLE * ax, by + HANDLE * ay);
                    let (ex, ey) = at(bx, by);
                    self.content.cubic_to(ax1, ay1, bx1, by1, ex, ey);
                }
                self.content.fill_nonzero();
            }
            Mark::Text(text) => self.text(text),
        }
    }

    fn text(&mut self, text: &Text) {
        self.fill(text.color);
        let mut last = None;
        for [from, a, b, to] in text.curves() {
            let [from, a, b, to] = [from, a, b, to].map(|[x, y]| (x as f32, y as f32));
            if last != Some(from) {
                self.content.move_to(from.0, from.1);
            }
            self.content.cubic_to(a.0, a.1, b.0, b.1, to.0, to.1);
            last = Some(to);
        }
        if last.is_some() {
            self.content.fill_nonzero();
        }
    }
}

impl Text {
    /// The edges of its letters where they stand in the picture, as cubic curves: beginning, two handles, end.
    pub(super) fn curves(&self) -> Vec<[[f64; 2]; 4]> {
        let (width, height) = font::measure(&self.text, self.size);
        let (width, height) = (f64::from(width), f64::from(height));
        let left = match self.h {
            Side::Start => 0.0,
            Side::Middle => -width / 2.0,
            Side::End => -width,
        };
        let top = match self.v {
            Side::Start => 0.0,
            Side::Middle => -height / 2.0,
            Side::End => -height,
        };
        let (x, y) = (f64::from(self.at.0), f64::from(self.at.1));
        let place = |[dx, dy]: [f64; 2]| {
            let [dx, dy] = [dx + left, dy + top];
            // Upright letters are turned to the left.
            if self.upright { [x + dy, y - dx] } else { [x + dx, y + dy] }
        };
        font::curves(&self.text, self.size).into_iter().map(|curve| curve.map(place)).collect()
    }
}
