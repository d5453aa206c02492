//! A timeline at rest.

use std::collections::BTreeMap;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize, Serializer};

use super::{Bucket, Timeline};
use crate::event::Id;
use crate::tally::{Every, Fresh, HyperLogLog, Rising, SavedNames, Texts};
use crate::zone::Zone;

/// A timeline as it is saved: texts in order, numbered by it; buckets in order.
#[derive(Serialize, Deserialize)]
pub(super) struct Saved {
    chosen: Option<Every>,
    zone: Zone,
    width: Every,
    range: Option<(i64, i64)>,
    subjects: Texts,
    buckets: Vec<(i64, [u64; 5], Members)>,
    names: SavedNames,
}

/// Subjects of a bucket: their places among all, or a sketch.
#[derive(Serialize, Deserialize)]
enum Members {
    Exact(Rising),
    Sketch(HyperLogLog),
}

impl Serialize for Timeline {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let readable = serializer.is_human_readable();
        Saved::of(self.clone(), readable).serialize(serializer)
    }
}

impl Saved {
    fn of(mut timeline: Timeline, readable: bool) -> Saved {
        timeline.settle();
        let exact = !timeline.subjects.overflowed();
        let used: RoaringBitmap = timeline
            .buckets
            .values()
            .fold(RoaringBitmap::new(), |used, bucket| used | &bucket.subjects);
        let (subjects, ids) =
            Texts::of(&timeline.subjects, used.iter().map(Id).collect(), readable);
        let places: HashMap<u32, u32, RandomState> =
            ids.into_iter().map(|Id(id)| id).zip(0_u32..).collect();
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
                true => Members::Exact(Rising(members)),
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
            subjects,
        }
    }
}

impl TryFrom<Saved> for Timeline {
    type Error = &'static str;

    fn try_from(saved: Saved) -> Result<Timeline, &'static str> {
        let (names, ids) = saved.subjects.ids(&saved.names)?;
        let mut buckets = BTreeMap::new();
        for (start, counts, members) in saved.buckets {
            let [events, logins_ok, logins_failed, refreshes, failures] = counts;
            let (subjects, sketch) = match members {
                Members::Sketch(sketch) => (RoaringBitmap::new(), Some(Box::new(sketch))),
                Members::Exact(Rising(places)) => {
                    let ids = places.iter().map(|place| Some(ids.get(*place as usize)?.0));
                    let ids = ids.collect::<Option<Vec<u32>>>();
                    let mut ids = ids.ok_or("a bucket names a subject that is not there")?;
                    ids.sort_unstable();
                    let ids = RoaringBitmap::from_sorted_iter(ids)
                        .map_err(|_| "a bucket names a subject twice")?;
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
