//! Some days as they were at one moment, and what they say together.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::blocks::{Blocks, LEVELS};
use super::{Date, Day, Ledger};
use crate::engine::partial::Counted;
use crate::engine::sift::extend;
use crate::engine::{Answer, Plan, Times};
use crate::report::{Options, ReportEntry, Running};
use crate::tally::{Directory, Every};

/// See the module. It answers without holding anybody up.
pub struct Snapshot {
    pub(super) plan: Arc<Plan>,
    pub(super) directory: Directory,
    pub(super) days: BTreeMap<Date, Arc<Day>>,
    pub(super) blocks: Arc<Blocks>,
    pub(super) ledger: Ledger,
}

/// A day, or the state of one report over several.
enum Part {
    Day(Arc<Day>),
    Block(Arc<Running>),
}

impl Part {
    fn state(&self, report: usize) -> &Running {
        match self {
            Part::Day(day) => &day.reports[report],
            Part::Block(state) => state,
        }
    }
}

impl Snapshot {
    /// What some of the view's reports say of these days. Of the options, those may be others than the view's that states
    /// do not depend on: `top`, a smaller `limit`, an `every` of an hour or more. `None` if one of the reports is none of
    /// the view's.
    pub fn answer(&self, reports: &[&'static ReportEntry], options: &Options) -> Option<Answer> {
        let mut sums = Vec::new();
        for report in reports {
            let same = |known: &&ReportEntry| known.info.name == report.info.name;
            let index = self.plan.reports.iter().position(same)?;
            let mut sum = report.start(options, &self.directory);
            // Buckets of many days are wider than those that were asked for.
            let levels = if options.every.is_some() { 0 } else { LEVELS };
            for part in self.parts(index, levels) {
                sum.add(part.state(index));
            }
            sum.adapt(options);
            sums.push(sum);
        }
        let mut window: Times = None;
        for (first, last) in self.days.values().filter_map(|day| day.window) {
            extend(&mut window, first, last);
        }
        let plan = Plan {
            reports: reports.to_vec(),
            options: options.clone(),
            ..(*self.plan).clone()
        };
        let counted = Counted::of(sums, self.tally(), window);
        Some(counted.finish(&plan, &self.ledger.names, &[], None))
    }

    /// The account: who was read is the same for every stretch, and which events count is not.
    fn tally(&self) -> super::Tally {
        let mut tally = self.ledger.tally.clone();
        for (input, all) in (0..).zip(&self.ledger.events) {
            let of = |day: &Arc<Day>| day.events.get(input as usize).copied().unwrap_or_default();
            let events = self.days.values().map(of).sum();
            let undated = self.days.get(&None).map_or(0, of);
            tally.events(input, events, events - undated);
            tally.filtered(input, all.saturating_sub(events));
        }
        tally
    }

    /// Days and blocks whose sum is that of all days: blocks as large as fit.
    fn parts(&self, report: usize, levels: u32) -> Vec<Part> {
        let undated = self.days.get(&None).cloned();
        let mut parts: Vec<Part> = undated.map(Part::Day).into_iter().collect();
        let mut dates = self.days.keys().filter_map(|date| *date);
        let Some(first) = dates.next() else {
            return parts;
        };
        let last = dates.next_back().unwrap_or(first);
        let mut day = first;
        while day <= last {
            // Stamps of 1970 and of today have empty centuries between them.
            match self.days.range(Some(day)..).next() {
                Some((Some(next), _)) if *next > day => day = *next,
                _ => {}
            }
            // The newest day changes while the log grows: no block has it.
            let fits = |level: &u32| {
                let length = 1 << level;
                day.rem_euclid(length) == 0 && day + length - 1 < last
            };
            let level = (0..=levels).rev().find(fits).unwrap_or(0);
            parts.extend(self.block(report, level, day));
            day += 1 << level;
        }
        parts
    }

    /// The sum of 2^`level` days from one on; `None` if none of them has anything.
    fn block(&self, report: usize, level: u32, from: i64) -> Option<Part> {
        if level == 0 {
            return self.days.get(&Some(from)).cloned().map(Part::Day);
        }
        let days = self.days.range(Some(from)..Some(from + (1 << level)));
        let made = days.fold((0, 0), |(count, newest), (_, day)| {
            (count + 1, newest.max(day.version))
        });
        if made.0 == 0 {
            return None;
        }
        let which = (report, level, from);
        if let Some(known) = self.blocks.get(which, made) {
            return Some(Part::Block(known));
        }
        let half = 1 << (level - 1);
        let halves = [from, from + half].map(|from| self.block(report, level - 1, from));
        let mut halves = halves.into_iter().flatten();
        let first = halves.next()?;
        let Some(second) = halves.next() else {
            return Some(first);
        };
        let mut sum = first.state(report).clone();
        sum.add(second.state(report));
        sum.settle();
        let sum = Arc::new(sum);
        self.blocks.put(which, made, &sum);
        Some(Part::Block(sum))
    }

    /// Whether days answer for this width of the timeline's buckets.
    pub fn tells(every: Option<Every>) -> bool {
        let short = [Every::Minute, Every::FiveMinutes, Every::QuarterHour];
        every.is_none_or(|every| !short.contains(&every))
    }
}
