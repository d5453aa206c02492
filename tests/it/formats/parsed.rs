//! Small, strict readers of the formats for which there is no library here. Whatever they do not expect is a panic: it is
//! not to be in the output.

use std::collections::{BTreeMap, HashSet};

/// A table as people see it: where it stands, its heading, its rows.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    pub(crate) section: String,
    /// Empty for facts.
    pub(crate) name: String,
    pub(crate) rows: Vec<Vec<String>>,
}

/// The cells of a row of Markdown, with code spans taken for their text. Panics on whatever else would be markup.
fn markdown_row(line: &str) -> Vec<String> {
    let inside = line
        .strip_prefix('|')
        .and_then(|line| line.strip_suffix('|'));
    // GitHub splits a row into cells before it looks into these.
    let mut cells = vec![String::new()];
    let mut characters = inside.expect("a row").chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.peek() == Some(&'|') => {
                characters.next();
                cells.last_mut().unwrap().push('|');
            }
            '|' => cells.push(String::new()),
            other => cells.last_mut().unwrap().push(other),
        }
    }
    cells
        .iter()
        .map(|cell| markdown_text(cell.trim_matches(' ')))
        .collect()
}

/// The text of a cell.
pub(crate) fn markdown_text(cell: &str) -> String {
    let ticks = cell.len() - cell.trim_start_matches('`').len();
    if ticks == 0 {
        let text = cell.replace("&lt;", "<").replace("&gt;", ">");
        let markup = |c: char| !(c.is_alphanumeric() || " .,:%±≈–…-/+<>;()".contains(c));
        assert!(
            !text.contains(markup) && !cell.contains(['<', '>']),
            "markup in {cell:?}"
        );
        return text;
    }
    // The span ends at the first run of as many backticks, and that is to be the end of the cell.
    let fence = "`".repeat(ticks);
    let inside = cell[ticks..]
        .strip_suffix(&fence)
        .expect("a span that ends");
    let same_run = |run: &str| run.len() == ticks;
    assert!(
        !inside.split(|c| c != '`').any(same_run),
        "{cell:?} ends early"
    );
    match inside
        .strip_prefix(' ')
        .and_then(|inside| inside.strip_suffix(' '))
    {
        Some(inner) if !inside.trim_matches(' ').is_empty() => inner.to_owned(),
        _ => inside.to_owned(),
    }
}

/// The tables of a Markdown document. Lines outside are checked to be the program's.
pub(crate) fn markdown(text: &str) -> Vec<Grid> {
    let mut grids: Vec<Grid> = Vec::new();
    let (mut section, mut name, mut row) = (String::new(), String::new(), 0);
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            (section, name) = (title.to_owned(), String::new());
        } else if let Some(title) = line.strip_prefix("### ") {
            name = title.to_owned();
        } else if line.starts_with('|') {
            row += 1;
            match row {
                1 => grids.push(Grid {
                    section: section.clone(),
                    name: name.clone(),
                    rows: Vec::new(),
                }),
                2 => assert!(line.chars().all(|c| "|:-".contains(c)), "{line}"),
                _ => grids.last_mut().unwrap().rows.push(markdown_row(line)),
            }
            continue;
        } else {
            let odd = line.contains(['`', '<', '[', '|', '\\', '@']);
            assert!(!odd && !line.contains("//"), "{line}");
        }
        row = 0;
    }
    grids
}

/// The tables of a page. Knows only the tags and attributes that a page is made of.
pub(crate) fn html(page: &str) -> Vec<Grid> {
    let (head, body) = page.split_once("</style>").unwrap();
    assert_eq!(
        head.matches('<').count(),
        11,
        "the head is the program's alone"
    );
    // The one script is the last of the page.
    let (body, script) = body.split_once("<script>").unwrap();
    let (script, end) = script.split_once("</script>").unwrap();
    assert!(script.starts_with("\"use strict\";"), "{script:.40}");
    assert_eq!(end, "\n</body>\n</html>\n");
    let body = format!("{}{end}", without_data(body));
    let mut grids: Vec<Grid> = Vec::new();
    let (mut section, mut text, mut open) = (String::new(), String::new(), vec!["html", "head"]);
    for piece in body.split('<').skip(1) {
        let (tag, after) = piece.split_once('>').expect("a tag that ends");
        let (name, attributes) = tag
            .split_once([' ', '/'])
            .filter(|(name, _)| !name.is_empty())
            .unwrap_or((tag, ""));
        check_attributes(name, attributes);
        match name {
            "section" => section = attributes.split('"').nth(1).unwrap().to_owned(),
            "table" => grids.push(Grid {
                section: section.clone(),
                ..Grid::default()
            }),
            "tr" => grids.last_mut().unwrap().rows.push(Vec::new()),
            "/thead" => drop(grids.last_mut().unwrap().rows.pop()),
            "/caption" => grids.last_mut().unwrap().name = text.clone(),
            "/td" | "/th" => grids
                .last_mut()
                .unwrap()
                .rows
                .last_mut()
                .unwrap()
                .push(text.clone()),
            _ => {}
        }
        if let Some(closed) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "tags are closed in order");
        } else {
            open.push(name);
        }
        if !matches!(name.trim_start_matches('/'), "bdi" | "svg" | "rect") {
            text.clear();
        }
        text.push_str(&unescaped(after.trim_end_matches('\n')));
    }
    assert_eq!(open, [""; 0], "every tag is closed");
    grids
}

/// The body without the document that it may carry as JSON, which is one text in which no tag can start.
fn without_data(body: &str) -> String {
    let start = "<script id=\"document\" type=\"application/json\">";
    let Some((before, rest)) = body.split_once(start) else {
        return body.to_owned();
    };
    let (data, after) = rest.split_once("</script>").unwrap();
    assert!(!data.contains('<'));
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert!(data["reports"].is_object());
    format!("{before}{after}")
}

fn check_attributes(tag: &str, attributes: &str) {
    const TAGS: &str = "/head body header h1 h2 h3 h4 p nav ul ol li a main section dl dt dd figure figcaption span b i small div \
                        table caption thead tbody tr th td bdi svg g pattern rect path line text title html";
    let tag = tag.trim_start_matches('/');
    assert!(
        TAGS.split([' ', '/']).any(|known| known == tag),
        "a tag {tag:?}"
    );
    let mut rest = attributes.trim_end_matches('/');
    while let Some((name, after)) = rest.trim_start().split_once("=\"") {
        const NAMES: &str = "class id href scope role tabindex aria-hidden aria-label aria-labelledby data-by data-columns \
                             text-anchor viewBox preserveAspectRatio width height x y x1 x2 y1 y2 d patternUnits";
        assert!(
            NAMES.split(' ').any(|known| known == name),
            "an attribute {name:?}"
        );
        let (value, after) = after.split_once('"').unwrap();
        let tame = |c: char| c.is_ascii_alphanumeric() || "#_-.:+% ".contains(c);
        assert!(value.chars().all(tame), "an attribute's value {value:?}");
        rest = after;
    }
    assert_eq!(rest.trim(), "");
}

fn unescaped(text: &str) -> String {
    // Attributes are in double quotes, so that single ones are text.
    assert!(!text.contains(['>', '"']), "unescaped: {text:?}");
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
    ];
    let mut plain = text.to_owned();
    for (entity, character) in entities {
        plain = plain.replace(entity, character);
    }
    plain.replace("&amp;", "&")
}

/// Labels of a sample, unescaped.
pub(crate) type Labels = BTreeMap<String, String>;

/// Metrics by name. Checks what OpenMetrics asks for: names that stand together and once, types, an end.
pub(crate) fn metrics(text: &str) -> BTreeMap<String, Vec<(Labels, f64)>> {
    let text = text.strip_suffix("# EOF\n").expect("an end");
    let mut families: BTreeMap<String, Vec<(Labels, f64)>> = BTreeMap::new();
    let mut current = String::new();
    let mut seen = HashSet::new();
    for line in text.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words[..] {
            ["#", "HELP", name, help] => {
                assert!(!help.is_empty());
                let new = families.insert(name.to_owned(), Vec::new()).is_none();
                assert!(new, "{name} comes twice");
                current = name.to_owned();
            }
            ["#", "TYPE", name, "gauge"] => assert_eq!(name, current),
            ["#", "UNIT", name, unit] => {
                assert!(
                    name == current && name.ends_with(&format!("_{unit}")),
                    "{line}"
                );
            }
            _ => {
                let rest = line
                    .strip_prefix(&current)
                    .expect("a sample of the metric at hand");
                let (labels, number) = labels(rest);
                let number: f64 = number.parse().expect("a number");
                assert!(number.is_finite());
                let series = line.rsplit_once(' ').unwrap().0;
                assert!(seen.insert(series), "{series} comes twice");
                let samples = families.get_mut(&current).unwrap();
                samples.push((labels, number));
            }
        }
    }
    families
}

/// Reads `{name="text",…} number`.
fn labels(rest: &str) -> (Labels, &str) {
    let mut labels = Labels::new();
    let Some(mut rest) = rest.strip_prefix('{') else {
        return (labels, rest.trim_start());
    };
    while !rest.starts_with("} ") {
        let (name, after) = rest
            .trim_start_matches(',')
            .split_once("=\"")
            .expect("a label");
        let tame = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(
            !name.is_empty() && name.chars().all(tame),
            "a label {name:?}"
        );
        let (mut text, mut escaped, mut end) = (String::new(), false, None);
        for (at, character) in after.char_indices() {
            match (escaped, character) {
                (false, '"') => {
                    end = Some(at);
                    break;
                }
                (false, '\\') => {
                    escaped = true;
                    continue;
                }
                (false, other) => text.push(other),
                (true, 'n') => text.push('\n'),
                (true, '"' | '\\') => text.push(character),
                (true, other) => panic!("no escape: \\{other}"),
            }
            escaped = false;
        }
        rest = &after[end.expect("a text that ends") + 1..];
        assert!(
            labels.insert(name.to_owned(), text).is_none(),
            "a label twice"
        );
    }
    (labels, &rest[2..])
}

/// The tables of the terminal's format, whose rows are one cell here: each line with single blanks. Facts are a table
/// without a name; a table's first line is its heading.
pub(crate) fn table(text: &str) -> Vec<Grid> {
    let mut grids: Vec<Grid> = Vec::new();
    let (mut section, mut name) = (String::new(), String::new());
    let (mut after_blank, mut fresh) = (false, false);
    for line in text.lines() {
        match line.len() - line.trim_start_matches(' ').len() {
            0 if line.is_empty() => {}
            0 => (section, name, fresh) = (line.to_owned(), String::new(), true),
            2 if after_blank => (name, fresh) = (line.trim().to_owned(), true),
            _ => {
                if fresh {
                    grids.push(Grid {
                        section: section.clone(),
                        name: name.clone(),
                        rows: Vec::new(),
                    });
                }
                fresh = false;
                let line: Vec<&str> = line.split_whitespace().collect();
                grids.last_mut().unwrap().rows.push(vec![line.join(" ")]);
            }
        }
        after_blank = line.is_empty();
    }
    grids
}
