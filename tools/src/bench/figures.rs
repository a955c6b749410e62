//! What was measured, as a table and as one flat object.

use std::{fmt, path::Path};

use crate::stop::Stop;

/// A figure, measured several times.
struct Row {
    /// Its name in the object; rows without one are in the table only.
    key: Option<&'static str>,
    what: String,
    values: Vec<f64>,
}

/// All of them, in the order in which they were measured.
#[derive(Default)]
pub(crate) struct Figures {
    rows: Vec<Row>,
}

impl Figures {
    /// A figure of the object.
    pub(crate) fn add(&mut self, key: &'static str, what: &str, values: Vec<f64>) {
        self.rows.push(Row { key: Some(key), what: what.to_owned(), values });
    }

    /// A row of the table alone.
    pub(crate) fn tell(&mut self, what: &str, values: Vec<f64>) {
        self.rows.push(Row { key: None, what: what.to_owned(), values });
    }

    /// Of a figure of the object; `None` for one that was not measured.
    pub(crate) fn median(&self, key: &str) -> Option<f64> {
        median(&self.rows.iter().find(|row| row.key == Some(key))?.values)
    }

    /// Medians by their names.
    pub(crate) fn json(&self) -> String {
        let medians = self.rows.iter().filter_map(|row| {
            let median = (median(&row.values)? * 100.0).round() / 100.0;
            Some(format!("  \"{}\": {median}", row.key?))
        });
        format!("{{\n{}\n}}\n", medians.collect::<Vec<_>>().join(",\n"))
    }
}

/// The number behind `"key":` in a flat object.
///
/// Errors: the file cannot be read, or has no such number.
pub(crate) fn from_json(file: &Path, key: &str) -> Result<f64, Stop> {
    let text = std::fs::read_to_string(file).map_err(Stop::because(file.display()))?;
    let rest = text.split_once(&format!("\"{key}\":")).map(|(_, rest)| rest);
    let number = rest.and_then(|rest| rest.split([',', '}']).next()?.trim().parse().ok());
    number.ok_or_else(|| Stop::Failed(format!("{} has no number {key}", file.display())))
}

/// The middle one, or the mean of the middle two.
fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        length if length % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.what.chars().count()).max().unwrap_or(0);
        writeln!(
            f,
            "  {:<width$} {:>10} {:>10} {:>10} {:>6}  name",
            "figure", "min", "median", "max", "times"
        )?;
        for row in &self.rows {
            let Some(median) = median(&row.values) else { continue };
            let min = row.values.iter().copied().fold(f64::INFINITY, f64::min);
            let max = row.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            writeln!(
                f,
                "  {:<width$} {min:>10.2} {median:>10.2} {max:>10.2} {:>6}  {}",
                row.what,
                row.values.len(),
                row.key.unwrap_or_default()
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_has_medians_and_the_table_has_all() {
        let mut figures = Figures::default();
        figures.add("apdus_pin", "commands", vec![17.0, 16.0, 17.0]);
        figures.add("card_event_ms", "card, ms", vec![2.0, 1.0]);
        figures.tell("something else", vec![9.0]);
        let json = figures.json();
        assert_eq!(json, "{\n  \"apdus_pin\": 17,\n  \"card_event_ms\": 1.5\n}\n");
        assert!((figures.median("card_event_ms").expect("measured") - 1.5).abs() < 0.001);
        assert_eq!(figures.median("something else"), None);
        assert!(figures.to_string().contains("something else"));
        let folder = std::env::temp_dir().join(format!("figures-{}", std::process::id()));
        std::fs::write(&folder, json).expect("written");
        assert!((from_json(&folder, "apdus_pin").expect("there") - 17.0).abs() < 0.001);
        assert!(from_json(&folder, "apdus").is_err());
        std::fs::remove_file(&folder).expect("removed");
    }
}
