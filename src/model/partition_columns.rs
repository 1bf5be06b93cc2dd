//! The partition columns that a prefix implies, and how Athena's partition projection finds them.
//!
//! Source: Athena user guide, "Partition projection with Amazon Athena" and "Supported types for partition projection".

use super::prefix::{DateItemKind, DateLetter, DatePattern, Piece, Prefix};

/// What partition projection is told of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Projection {
    /// A date of a pattern, counted in these units.
    Date {
        /// The pattern, as Java writes it.
        format: String,
        /// `HOURS`, `DAYS`, `MONTHS` or `YEARS`.
        unit: &'static str,
    },
    /// Whole numbers, filled with zeros to this width.
    Integer {
        /// The least; `None` for the year that the rendering is of.
        least: Option<u16>,
        /// The greatest; `None` for some years later.
        greatest: Option<u16>,
        /// The width in digits.
        digits: usize,
    },
    /// Each query has to say the value.
    Injected,
}

/// A partition column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionColumn {
    /// Its name.
    pub name: String,
    /// How projection finds its values.
    pub projection: Projection,
}

/// What a prefix says about folders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partitioning {
    /// The columns, in the order of the folders.
    pub columns: Vec<PartitionColumn>,
    /// The folder of the table: what stands before the first expression, up to its last slash.
    pub location: String,
    /// The folder of a partition, with `${column}` for each column.
    pub template: String,
    /// What can't be told in columns, in words.
    pub notes: Vec<String>,
}

/// Reads the columns of a `Prefix`; without one, or without expressions in it, they are those of the folders that the
/// service adds.
pub fn partitioning(prefix: Option<&Prefix>) -> Partitioning {
    let mut reader = Reader::default();
    for part in prefix.map(Prefix::parts).unwrap_or_default() {
        reader.piece(&part.piece);
    }
    if !prefix.is_some_and(Prefix::has_expressions) {
        reader.timestamp(&DatePattern::parse("yyyy/MM/dd/HH").pattern);
        reader.literal("/");
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    columns: Vec<PartitionColumn>,
    template: String,
    location: Option<String>,
    notes: Vec<String>,
    /// Whether folders can no longer be named: what follows lies below the last one.
    is_cut: bool,
}

impl Reader {
    fn piece(&mut self, piece: &Piece) {
        if self.is_cut {
            return;
        }
        match piece {
            Piece::Literal(text) => self.literal(text),
            Piece::Timestamp(pattern) => self.timestamp(pattern),
            Piece::PartitionKeyFromQuery(key) | Piece::PartitionKeyFromLambda(key) => {
                self.column(key.to_string(), Projection::Injected);
            }
            Piece::RandomString => {
                self.note(
                    "`random-string` makes folders that no column can name; they lie below the last one",
                );
            }
            Piece::ErrorOutputType | Piece::Hole | Piece::Unknown(_) => {
                self.note("a part of the prefix is not known");
            }
        }
    }

    fn note(&mut self, text: &str) {
        self.begin();
        self.is_cut = true;
        self.notes.push(text.to_owned());
    }

    fn literal(&mut self, text: &str) {
        self.template.push_str(text);
    }

    /// The first expression ends what is fixed.
    fn begin(&mut self) {
        if self.location.is_none() {
            self.location = Some(folder(&self.template).to_owned());
        }
    }

    fn timestamp(&mut self, pattern: &DatePattern) {
        let fields: Vec<(DateLetter, usize)> = pattern
            .items()
            .iter()
            .filter_map(|item| match item.kind {
                DateItemKind::Field { letter, count } => Some((letter, count)),
                DateItemKind::Literal(_) => None,
            })
            .collect();
        // A pattern may end in slashes: they belong to the folder, not to the value.
        let slashes = match pattern.items().last().map(|item| &item.kind) {
            Some(DateItemKind::Literal(text)) if text.chars().all(|c| c == '/') => text.to_string(),
            _ => String::new(),
        };
        let (name, projection) = match fields.as_slice() {
            [] => return self.literal(&slashes),
            [(letter, count)] => number(*letter, *count),
            _ => date(pattern, &fields),
        };
        self.column(name.to_owned(), projection);
        self.literal(&slashes);
    }

    /// `name=` before an expression is the column's name, as Hive has it.
    fn column(&mut self, own: String, projection: Projection) {
        self.begin();
        let segment = self.template.rsplit('/').next().unwrap_or_default();
        let hive = segment.strip_suffix('=').filter(|name| !name.is_empty() && !name.contains("${"));
        let wanted = column_name(hive.unwrap_or(&own));
        let mut name = wanted.clone();
        let mut number = 2;
        while self.columns.iter().any(|column| column.name == name) {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        self.template.push_str("${");
        self.template.push_str(&name);
        self.template.push('}');
        self.columns.push(PartitionColumn { name, projection });
    }

    fn finish(mut self) -> Partitioning {
        let template = folder(&self.template).to_owned();
        if template.len() < self.template.len() {
            // What follows the last slash is the start of object names.
            let tail = &self.template[template.len()..];
            let lost = self.columns.iter().filter(|column| tail.contains(&format!("${{{}}}", column.name)));
            for column in lost {
                self.notes.push(format!(
                    "`{}` is part of object names, not a folder: the prefix does not end in `/`",
                    column.name
                ));
            }
            self.columns.retain(|column| !tail.contains(&format!("${{{}}}", column.name)));
        }
        let location = self.location.unwrap_or_else(|| template.clone());
        Partitioning { columns: self.columns, location, template, notes: self.notes }
    }
}

/// Up to and with the last slash.
fn folder(text: &str) -> &str {
    text.rfind('/').map_or("", |at| &text[..=at])
}

/// Names of columns are in lower case, of letters, digits and `_`.
fn column_name(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    text.chars().map(plain).collect()
}

fn number(letter: DateLetter, count: usize) -> (&'static str, Projection) {
    let range = |name, least, greatest| {
        (name, Projection::Integer { least: Some(least), greatest: Some(greatest), digits: count })
    };
    match letter {
        DateLetter::Year | DateLetter::YearOfEra if count == 4 => {
            ("year", Projection::Integer { least: None, greatest: None, digits: 4 })
        }
        DateLetter::Month | DateLetter::StandaloneMonth if count <= 2 => range("month", 1, 12),
        DateLetter::DayOfMonth => range("day", 1, 31),
        DateLetter::DayOfYear => range("day_of_year", 1, 366),
        DateLetter::HourOfDay => range("hour", 0, 23),
        DateLetter::Minute => range("minute", 0, 59),
        _ => ("part", Projection::Injected),
    }
}

/// Several fields in one value: a date, where they go from the year down without a gap.
fn date(pattern: &DatePattern, fields: &[(DateLetter, usize)]) -> (&'static str, Projection) {
    let level = |(letter, count): &(DateLetter, usize)| match (letter, count) {
        (DateLetter::Year | DateLetter::YearOfEra, 4) => Some(0),
        (DateLetter::Month, 2) => Some(1),
        (DateLetter::DayOfMonth, 2) => Some(2),
        (DateLetter::HourOfDay, 2) => Some(3),
        _ => None,
    };
    let is_descending = fields.iter().enumerate().all(|(at, field)| level(field) == Some(at));
    if !is_descending {
        return ("part", Projection::Injected);
    }
    let (name, unit) = match fields.len() {
        2 => ("month", "MONTHS"),
        3 => ("day", "DAYS"),
        _ => ("datehour", "HOURS"),
    };
    let letters = ["yyyy", "MM", "dd", "HH"];
    let mut format = String::new();
    let mut at = 0;
    for item in pattern.items() {
        match &item.kind {
            DateItemKind::Field { .. } => {
                format.push_str(letters[at]);
                at += 1;
            }
            DateItemKind::Literal(text) if text.chars().any(char::is_alphabetic) => {
                format.push_str(&format!("'{}'", text.replace('\'', "''")));
            }
            DateItemKind::Literal(text) => format.push_str(text),
        }
    }
    (name, Projection::Date { format: format.trim_end_matches('/').to_owned(), unit })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Partitioning {
        partitioning(Some(&Prefix::parse(text).prefix))
    }

    fn names(text: &str) -> Vec<String> {
        of(text).columns.into_iter().map(|column| column.name).collect()
    }

    #[test]
    fn folders_of_hive_are_columns() {
        let found =
            of("data/year=!{timestamp:yyyy}/month=!{timestamp:MM}/tenant=!{partitionKeyFromQuery:id}/");
        assert_eq!(found.location, "data/");
        assert_eq!(found.template, "data/year=${year}/month=${month}/tenant=${tenant}/");
        assert_eq!(
            found.columns[1].projection,
            Projection::Integer { least: Some(1), greatest: Some(12), digits: 2 }
        );
        assert_eq!(found.columns[2].projection, Projection::Injected);
    }

    #[test]
    fn the_folders_of_the_service_are_one_column() {
        for found in [partitioning(None), of("")] {
            assert_eq!((found.location.as_str(), found.template.as_str()), ("", "${datehour}/"));
            let date = Projection::Date { format: "yyyy/MM/dd/HH".to_owned(), unit: "HOURS" };
            assert_eq!(found.columns[0].projection, date);
        }
        // Glued on without a slash: the table lies above.
        let glued = of("legacy");
        assert_eq!((glued.location.as_str(), glued.template.as_str()), ("", "legacy${datehour}/"));
    }

    #[test]
    fn what_is_no_folder_is_no_column() {
        let found = of("a/!{timestamp:yyyy}/x-!{timestamp:MM}");
        assert_eq!(found.template, "a/${year}/");
        assert_eq!(found.columns.len(), 1);
        assert_eq!(found.notes.len(), 1);
        let random = of("a/day=!{timestamp:yyyy-MM-dd}/!{firehose:random-string}/hour=!{timestamp:HH}/");
        assert_eq!(random.template, "a/day=${day}/");
        assert_eq!(random.notes.len(), 1);
    }

    #[test]
    fn names_stand_once_and_are_plain() {
        assert_eq!(names("!{timestamp:HH}/!{timestamp:HH}/"), ["hour", "hour_2"]);
        assert_eq!(names("Tenant-Id=!{partitionKeyFromLambda:x}/"), ["tenant_id"]);
    }
}
