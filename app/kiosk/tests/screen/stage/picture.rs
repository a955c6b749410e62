//! Pictures as small PNG files of at most 256 colours, and how far two differ.

use std::{
    fs,
    io::{BufReader, BufWriter},
    path::Path,
};

use slint::{Rgba8Pixel, SharedPixelBuffer};

/// A picture in the colours it was drawn with.
#[derive(PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) rgb: Vec<[u8; 3]>,
}

/// How much two pictures differ.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Pixels whose colour differs by more than the tolerance.
    pub(crate) pixels: usize,
    /// The largest difference of a channel.
    pub(crate) most: u8,
}

/// A channel may differ by this: the palette of a file rounds colours.
const TOLERANCE: u8 = 24;

impl Picture {
    pub(crate) fn new(pixels: &SharedPixelBuffer<Rgba8Pixel>) -> Self {
        let rgb = pixels.as_slice().iter().map(|it| [it.r, it.g, it.b]).collect();
        Self { width: pixels.width(), height: pixels.height(), rgb }
    }

    /// From what a file holds; `None` when sizes differ.
    pub(crate) fn difference(&self, other: &Self) -> Option<Difference> {
        if (self.width, self.height) != (other.width, other.height) {
            return None;
        }
        if self.rgb.iter().map(coarse).eq(other.rgb.iter().copied()) {
            return Some(Difference { pixels: 0, most: 0 });
        }
        let channel = |(a, b): (&[u8; 3], &[u8; 3])| {
            a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or_default()
        };
        let apart = self.rgb.iter().zip(&other.rgb).map(channel);
        Some(apart.fold(Difference { pixels: 0, most: 0 }, |sum, it| Difference {
            pixels: sum.pixels + usize::from(it > TOLERANCE),
            most: sum.most.max(it),
        }))
    }

    /// Channels of the file keep 4 bits: a page has few colours, and the edges of
    /// letters need no more.
    pub(crate) fn write(&self, path: &Path) {
        let mut palette = Vec::new();
        let mut places = [None; 4096];
        let mut indices = vec![0; self.rgb.len()];
        // Most of a page is one colour beside the same.
        let mut last = None;
        for (index, colour) in indices.iter_mut().zip(&self.rgb) {
            if let Some((there, at)) = last
                && there == colour
            {
                *index = at;
                continue;
            }
            let [r, g, b] = colour.map(|it| usize::from(it >> 4));
            let place = &mut places[r << 8 | g << 4 | b];
            *index = *place.get_or_insert_with(|| {
                palette.extend(coarse(colour));
                u8::try_from(palette.len() / 3 - 1).expect("at most 256 coarse colours")
            });
            last = Some((colour, *index));
        }
        fs::create_dir_all(path.parent().expect("a file in a folder")).expect("the folder");
        let file = BufWriter::new(fs::File::create(path).expect("the picture can be written"));
        let mut encoder = png::Encoder::new(file, self.width, self.height);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        encoder.set_filter(png::Filter::NoFilter);
        encoder.set_palette(palette);
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(&indices).expect("the picture is written");
    }

    /// `None` when there is no such file.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        let mut decoder = png::Decoder::new(BufReader::new(fs::File::open(path).ok()?));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().expect("a PNG file");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a small picture")];
        let info = reader.next_frame(&mut bytes).expect("a whole picture");
        let rgb = bytes.chunks_exact(3).map(|it| [it[0], it[1], it[2]]).collect();
        Some(Self { width: info.width, height: info.height, rgb })
    }
}

/// 0 and 255 stay what they are.
fn coarse(colour: &[u8; 3]) -> [u8; 3] {
    colour.map(|it| (it >> 4) * 17)
}
