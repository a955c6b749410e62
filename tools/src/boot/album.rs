//! Pictures of every page of the story, as somebody has looked at them (`tools/boot/pictures/`):
//! what is to be seen on the panel is held against them, pixel by pixel. Where a page shows what
//! differs from day to day, `tools/boot/moving.toml` says where and why.

use std::{
    fmt::Display,
    fs::{self, File},
    io::{BufReader, BufWriter},
    ops::Range,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{
    image::qmp::{HEIGHT, WIDTH},
    places,
    stop::Stop,
};

const PIXELS: usize = WIDTH as usize * HEIGHT as usize;

/// Red, green and blue, of each the upper 4 bits: a page has few colours, the edges of letters
/// need no more, and its file is small.
type Colour = [u8; 3];

/// A part of a page that differs from day to day.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq, Debug)]
#[serde(deny_unknown_fields)]
struct Part {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

/// Such a part, of which pages, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moving {
    pages: Vec<String>,
    part: Part,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    moving: Vec<Moving>,
}

/// What was to be seen at one moment, from the upper left.
#[derive(PartialEq, Eq)]
pub(crate) struct Picture(Vec<Colour>);

/// Where two pictures are not the same.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pixels: usize,
    x: Range<usize>,
    y: Range<usize>,
}

/// All pictures.
pub(crate) struct Album {
    folder: PathBuf,
    parts: Parts,
}

impl Album {
    /// Errors: `moving.toml` makes no sense, or says no reason.
    pub(crate) fn read() -> Result<Self, Stop> {
        let folder = places::root()?.join("tools/boot");
        let file = folder.join("moving.toml");
        let text = fs::read_to_string(&file).map_err(Stop::because(file.display()))?;
        let parts: Parts = toml::from_str(&text)
            .map_err(|error| Stop::Failed(format!("{}: {error}", file.display())))?;
        match parts.moving.iter().any(|it| it.why.is_empty()) {
            true => Err(Stop::Failed(format!("{}: a part without a reason", file.display()))),
            false => Ok(Self { folder: folder.join("pictures"), parts }),
        }
    }

    /// The file of a page.
    pub(crate) fn file(&self, page: &str) -> PathBuf {
        self.folder.join(format!("{page}.png"))
    }

    /// The page as it must be.
    ///
    /// Errors: there is no such picture; it is not as large as the panel.
    pub(crate) fn page(&self, page: &str) -> Result<Picture, Stop> {
        Picture::read(&self.file(page))
    }

    /// Whether `seen` is the page; nothing of the panel's size is none.
    pub(crate) fn shows(&self, page: &str, wanted: &Picture, seen: Option<&Picture>) -> bool {
        seen.is_some_and(|seen| self.difference(page, wanted, seen).is_none())
    }

    /// How `seen` differs from what `page` must be, beside what differs every day.
    pub(crate) fn difference(
        &self,
        page: &str,
        wanted: &Picture,
        seen: &Picture,
    ) -> Option<Difference> {
        let of_page = |it: &&Moving| it.pages.iter().any(|name| name == page || name == "*");
        let parts: Vec<Part> = self.parts.moving.iter().filter(of_page).map(|it| it.part).collect();
        wanted.difference(seen, &parts)
    }
}

impl Picture {
    /// From a PNG as large as the panel: QEMU's, or one of [`Self::write`].
    pub(crate) fn read(file: &Path) -> Result<Self, Stop> {
        let opened = File::open(file).map_err(Stop::because(format!(
            "{}: no picture to hold the page against; look at what `--accept` makes",
            file.display()
        )))?;
        let mut decoder = png::Decoder::new(BufReader::new(opened));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().map_err(in_file(file))?;
        let mut bytes = vec![0; PIXELS * 3];
        if reader.output_buffer_size() != Some(bytes.len()) {
            return Err(in_file(file)("not as large as the panel, or not in colours"));
        }
        reader.next_frame(&mut bytes).map_err(in_file(file))?;
        Ok(Self::coarse(&bytes))
    }

    /// As a PNG with a palette.
    ///
    /// Errors: more than 256 colours; the disk is full.
    pub(crate) fn write(&self, file: &Path) -> Result<(), Stop> {
        let mut palette: Vec<Colour> = Vec::new();
        let mut indices = Vec::with_capacity(PIXELS);
        for colour in &self.0 {
            let place = palette.iter().position(|it| it == colour).unwrap_or_else(|| {
                palette.push(*colour);
                palette.len() - 1
            });
            indices.push(u8::try_from(place).map_err(in_file(file))?);
        }
        let opened = File::create(file).map_err(Stop::because(file.display()))?;
        let mut encoder = png::Encoder::new(BufWriter::new(opened), WIDTH, HEIGHT);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_palette(palette.concat());
        encoder.set_compression(png::Compression::High);
        encoder.set_filter(png::Filter::NoFilter);
        let mut writer = encoder.write_header().map_err(in_file(file))?;
        writer.write_image_data(&indices).map_err(in_file(file))?;
        writer.finish().map_err(in_file(file))
    }

    /// From what QEMU's `screendump` wrote; `None` for a panel of another size.
    pub(crate) fn from_ppm(ppm: &[u8]) -> Option<Self> {
        let bytes = ppm.strip_prefix(format!("P6\n{WIDTH} {HEIGHT}\n255\n").as_bytes())?;
        (bytes.len() == PIXELS * 3).then(|| Self::coarse(bytes))
    }

    /// 0 and 255 stay what they are.
    fn coarse(bytes: &[u8]) -> Self {
        let (pixels, _) = bytes.as_chunks::<3>();
        Self(pixels.iter().map(|colour| colour.map(|value| (value >> 4) * 17)).collect())
    }

    fn difference(&self, other: &Self, beside: &[Part]) -> Option<Difference> {
        let width = WIDTH as usize;
        let mut found: Option<Difference> = None;
        for (at, (one, another)) in self.0.iter().zip(&other.0).enumerate() {
            let (x, y) = (at % width, at / width);
            if one == another || beside.iter().any(|part| part.has(x, y)) {
                continue;
            }
            let found = found.get_or_insert(Difference { pixels: 0, x: x..x + 1, y: y..y + 1 });
            found.pixels += 1;
            found.x = found.x.start.min(x)..found.x.end.max(x + 1);
            found.y.end = y + 1;
        }
        found
    }
}

impl Part {
    fn has(&self, x: usize, y: usize) -> bool {
        let within = |at: usize, from: u32, length: u32| {
            (from as usize..(from + length) as usize).contains(&at)
        };
        within(x, self.x, self.width) && within(y, self.y, self.height)
    }
}

impl Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { pixels, x, y } = self;
        write!(
            f,
            "{pixels} pixels differ, within x {} to {}, y {} to {}",
            x.start,
            x.end - 1,
            y.start,
            y.end - 1
        )
    }
}

fn in_file<E: Display>(file: &Path) -> impl Fn(E) -> Stop + '_ {
    move |error| Stop::Failed(format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(dots: &[(usize, usize)]) -> Picture {
        let mut pixels = vec![[0xFF; 3]; PIXELS];
        for (x, y) in dots {
            pixels[y * WIDTH as usize + x][1] = 0;
        }
        Picture(pixels)
    }

    #[test]
    fn one_pixel_is_a_difference_unless_it_may_move() {
        let (page, seen) = (picture(&[]), picture(&[(7, 3), (9, 4)]));
        assert_eq!(page.difference(&page, &[]), None);
        let all = Difference { pixels: 2, x: 7..10, y: 3..5 };
        assert_eq!(page.difference(&seen, &[]), Some(all));
        let part = Part { x: 7, y: 3, width: 2, height: 2 };
        let rest = Difference { pixels: 1, x: 9..10, y: 4..5 };
        assert_eq!(page.difference(&seen, &[part]), Some(rest));
        assert_eq!(page.difference(&seen, &[part, Part { x: 9, ..part }]), None);
    }

    #[test]
    fn a_panel_of_another_size_is_no_page() {
        let mut ppm = format!("P6\n{WIDTH} {HEIGHT}\n255\n").into_bytes();
        ppm.resize(ppm.len() + PIXELS * 3, 0xFF);
        assert!(Picture::from_ppm(&ppm) == Some(picture(&[])));
        ppm.pop();
        assert!(Picture::from_ppm(&ppm).is_none());
    }

    #[test]
    fn a_picture_is_read_as_it_was_written() {
        let file = std::env::temp_dir().join(format!("album-{}.png", std::process::id()));
        let page = picture(&[(0, 0), (1279, 799)]);
        page.write(&file).expect("written");
        assert!(Picture::read(&file).expect("read") == page);
        fs::remove_file(&file).expect("removed");
        assert!(Picture::read(&file).is_err());
    }

    #[test]
    fn every_page_of_the_story_has_its_picture_and_no_picture_is_left_over() {
        let album = Album::read().expect("moving.toml");
        let mut pages: Vec<&str> = crate::boot::story::pages().collect();
        pages.sort_unstable();
        pages.dedup();
        for page in &pages {
            assert!(album.page(page).is_ok(), "{page} has no picture");
        }
        let files = fs::read_dir(&album.folder).expect("the folder").count();
        assert_eq!(files, pages.len(), "a picture that no page needs");
        for moving in &album.parts.moving {
            let known = |name: &String| name == "*" || pages.contains(&name.as_str());
            assert!(moving.pages.iter().all(known), "{:?} are not pages", moving.pages);
        }
    }
}
