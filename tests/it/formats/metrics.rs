//! Metrics say every number of a document, and nothing twice.

use std::collections::BTreeMap;

use authmeter::document::{Section, Table, Value};
use authmeter::event::Visible;

use super::parsed::Labels;
use super::{compare, expected, parsed, rendered, sections};

/// The name that metrics of a value begin with.
fn metric(path: &[&str]) -> String {
    let name = format!("authmeter_{}", path.join("_"));
    let ending = ["_total", "_count"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending));
    match ending {
        Some(name) => name.to_owned(),
        // The format keeps this ending for texts, and one of the severities is called so.
        None if name.ends_with("_info") => name + "_value",
        None => name,
    }
}

#[test]
fn metrics_say_every_number_and_nothing_twice() {
    compare(|document| {
        let mut families = parsed::metrics(&rendered(document, "prometheus", 1));
        let mut compared = 0;
        for section in sections(document) {
            for fact in &section.facts {
                let base = metric(&[section.name, fact.name]);
                for (suffix, number) in expected::metrics(&fact.value) {
                    let exact = fact.value.error().is_none() || suffix == "_error_ratio";
                    let samples = families.remove(&format!("{base}{suffix}")).unwrap();
                    assert_eq!(samples.len(), 1, "{base}{suffix}");
                    assert_eq!(
                        (samples[0].1, samples[0].0.is_empty()),
                        (number, exact),
                        "{base}{suffix}"
                    );
                }
                if let Value::Text(text) = &fact.value {
                    let samples = families.remove(&format!("{base}_info")).unwrap();
                    assert_eq!(samples[0].0[fact.name], spelled(text));
                }
                compared += 1;
            }
            for table in &section.tables {
                check_metrics_of(section, table, &mut families);
            }
        }
        assert_eq!(
            families.keys().collect::<Vec<_>>(),
            [""; 0],
            "what no value accounts for"
        );
        compared
    });
}

/// What a label can say of a text.
fn spelled(text: &str) -> String {
    text.split('\n')
        .map(|line| Visible(line).to_string())
        .collect::<Vec<_>>()
        .join("\n")
}

fn check_metrics_of(
    section: &Section,
    table: &Table,
    families: &mut BTreeMap<String, Vec<(Labels, f64)>>,
) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut has_numbers = false;
    for row in &table.rows {
        let texts: Vec<(&str, String)> = table
            .columns
            .iter()
            .zip(row)
            .filter_map(|(column, value)| match value {
                Value::Text(text) => Some((*column, spelled(text))),
                _ => None,
            })
            .collect();
        for (index, (column, value)) in table.columns.iter().zip(row).enumerate() {
            let base = metric(&[section.name, table.name, column]);
            for (suffix, number) in expected::metrics(value) {
                let name = format!("{base}{suffix}");
                let Some(samples) = families.get(&name) else {
                    // A number that tells rows apart is a label, of all other numbers.
                    let is_key = index == 0
                        || families
                            .values()
                            .flatten()
                            .any(|(labels, _)| labels.contains_key(*column));
                    assert!(is_key, "no {name}");
                    continue;
                };
                has_numbers = true;
                *seen.entry(name).or_default() += 1;
                let is_it = |(labels, found): &&(Labels, f64)| {
                    *found == number
                        && texts
                            .iter()
                            .all(|(column, text)| labels.get(*column) == Some(text))
                };
                let found = samples.iter().find(is_it);
                let Some((labels, _)) = found else {
                    panic!("{base}{suffix} {number} {texts:?}")
                };
                let exact = value.error().is_none() || suffix == "_error_ratio";
                assert_eq!(labels.contains_key("exact"), !exact);
            }
        }
    }
    for (name, count) in seen {
        assert_eq!(families.remove(&name).unwrap().len(), count, "{name}");
    }
    if !has_numbers && !table.rows.is_empty() {
        let name = format!("authmeter_{}_{}_info", section.name, table.name);
        assert_eq!(families.remove(&name).unwrap().len(), table.rows.len());
    }
}
