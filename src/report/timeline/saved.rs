//! A timeline at rest.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use super::{Bucket, Timeline};
use crate::event::Id;
use crate::tally::{Every, Fresh, HyperLogLog, Names, SavedNames};
use crate::zone::Zone;

/// A timeline as it is saved: texts in order, numbered by it; buckets in order.
#[derive(Serialize, Deserialize)]
pub(super) struct Saved {
    chosen: Option<Every>,
    #[serde(default)]
    zone: Zone,
    width: Every,
    range: Option<(i64, i64)>,
    subjects: Vec<String>,
    buckets: Vec<(i64, [u64; 5], Members)>,
    #[serde(default)]
    names: SavedNames,
}

/// Subjects of a bucket: their places among all, or a sketch.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Members {
    Exact(Vec<u32>),
    Sketch(HyperLogLog),
}

impl From<Timeline> for Saved {
    fn from(mut timeline: Timeline) -> Saved {
        timeline.settle();
        let exact = !timeline.subjects.overflowed();
        let used: RoaringBitmap = timeline
            .buckets
            .values()
            .fold(RoaringBitmap::new(), |used, bucket| used | &bucket.subjects);
        let mut subjects: Vec<(String, u32)> = used
            .iter()
            .map(|id| (timeline.subjects.text(Id(id)), id))
            .collect();
        subjects.sort_unstable();
        let places = subjects.iter().map(|(_, id)| *id).zip(0_u32..);
        let places: BTreeMap<u32, u32> = places.collect();
        let bucket = |(start, bucket): (i64, Bucket)| {
            let counts = [
                bucket.events,
                bucket.logins_ok,
                bucket.logins_failed,
                bucket.refreshes,
                bucket.failures,
            ];
            let mut members: Vec<u32> = bucket.subjects.iter().map(|id| places[&id]).collect();
            members.sort_unstable();
            let members = match exact {
                true => Members::Exact(members),
                false => Members::Sketch(bucket.sketch.map_or_else(HyperLogLog::default, |it| *it)),
            };
            (start, counts, members)
        };
        Saved {
            names: timeline.subjects.save(),
            chosen: timeline.chosen,
            zone: timeline.zone,
            width: timeline.width,
            range: timeline.range,
            buckets: timeline.buckets.into_iter().map(bucket).collect(),
            subjects: subjects.into_iter().map(|(text, _)| text).collect(),
        }
    }
}

impl TryFrom<Saved> for Timeline {
    type Error = &'static str;

    fn try_from(saved: Saved) -> Result<Timeline, &'static str> {
        let names = Names::load(&saved.names);
        let ids: Option<Vec<Id>> = saved.subjects.iter().map(|text| names.id(text)).collect();
        let ids = ids.ok_or("there is no room for the subjects")?;
        let mut buckets = BTreeMap::new();
        for (start, counts, members) in saved.buckets {
            let [events, logins_ok, logins_failed, refreshes, failures] = counts;
            let (subjects, sketch) = match members {
                Members::Sketch(sketch) => (RoaringBitmap::new(), Some(Box::new(sketch))),
                Members::Exact(places) => {
                    let ids = places.iter().map(|place| Some(ids.get(*place as usize)?.0));
                    let ids = ids.collect::<Option<RoaringBitmap>>();
                    let ids = ids.ok_or("a bucket names a subject that is not there")?;
                    (ids, None)
                }
            };
            let bucket = Bucket {
                events,
                logins_ok,
                logins_failed,
                refreshes,
                failures,
                subjects,
                sketch,
            };
            buckets.insert(start, bucket);
        }
        Ok(Timeline {
            chosen: saved.chosen,
            zone: saved.zone,
            width: saved.width,
            range: saved.range,
            buckets,
            open: None,
            fresh: Fresh::default(),
            subjects: names,
        })
    }
}
