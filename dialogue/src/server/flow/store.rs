//! Reading the application's store: events of one type that are older than those of memory, newest first.
//!
//! A store may answer with events that memory has too: it heeds no [`before`](LoadRequest::before), or holds what a hook that ran
//! into its time limit has stored nevertheless. They are left out here, and the next ones are asked for instead. It may also give
//! offsets to events of earlier epochs, which mean nothing in this one: these are taken away as far as they show.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use tracing::{error, warn};

use crate::error::HistoryError;
use crate::protocol::EventMessage;
use crate::server::connection::LiveRoom;

use super::core::Core;
use super::guard::Failed;
use super::hooks::{self, LoadRequest};

/// How often the store is asked for one answer. More than a few times only if it has many events that memory has too.
const MOST_ASKED: usize = 32;

/// How many events are looked at to see where those begin that memory does not have.
const PROBE: usize = 100;

/// Where events are read from.
pub(super) struct Store<'a> {
    pub(super) core: &'a Arc<Core>,
    pub(super) room: &'a Arc<LiveRoom>,
    pub(super) event: &'a str,
    /// Of this epoch, only events before this offset are wanted.
    pub(super) older_than: u64,
}

/// What the store has.
#[derive(Default)]
pub(super) struct Loaded {
    /// By offset, newest first, each once; then those of earlier epochs, in the order of the store.
    pub(super) events: Vec<EventMessage>,
    /// The store has no more than these.
    pub(super) is_all: bool,
    /// It answered with events that memory has.
    overlaps: bool,
}

impl Store<'_> {
    /// The events in a range, counted from the newest one that is wanted. `overlaps` says whether the store may have events
    /// that memory has.
    pub(super) async fn read(&self, range: Range<usize>, overlaps: bool) -> Result<Loaded, HistoryError> {
        if self.core.hooks.on_load.is_none() {
            return Ok(Loaded { is_all: true, ..Loaded::default() });
        }
        // What a store that heeds no `before` has too many would shift everything that is counted from its newest.
        let is_shifted = overlaps && range.start > 0;
        let shift = if is_shifted { self.overlap().await? } else { 0 };
        let loaded = self.collect(range.start.saturating_add(shift), range.len()).await?;
        if !loaded.overlaps || range.start == 0 || is_shifted {
            return Ok(loaded);
        }
        let shift = self.overlap().await?;
        self.collect(range.start.saturating_add(shift), range.len()).await
    }

    /// The next `count` events of the store from an index on, without those that memory has.
    async fn collect(&self, mut index: usize, count: usize) -> Result<Loaded, HistoryError> {
        let mut loaded = Loaded::default();
        let mut seen = HashSet::new();
        let (birth, mut oldest, mut is_earlier) = (birth(&self.room.epoch), self.older_than, false);
        let mut size = count;
        for _ in 0..MOST_ASKED {
            let answer = self.ask(index..index.saturating_add(size)).await?;
            let (got, before) = (answer.len(), loaded.events.len());
            for mut message in answer {
                if let Some(offset) = message.offset {
                    // Offsets count down within an epoch; from where they do not, and time is before this epoch, it is another.
                    is_earlier = message.timestamp < birth && (is_earlier || offset >= oldest);
                    if is_earlier {
                        message.offset = None;
                    } else if offset >= self.older_than {
                        loaded.overlaps = true;
                        continue;
                    } else if !seen.insert(offset) {
                        continue;
                    } else {
                        oldest = oldest.min(offset);
                    }
                }
                loaded.events.push(message);
            }
            loaded.is_all = got < size;
            if loaded.is_all || loaded.events.len() >= count {
                break;
            }
            index = index.saturating_add(got);
            let is_fruitless = loaded.events.len() == before;
            size = if is_fruitless { self.larger(size) } else { count - loaded.events.len() };
        }
        // Those without an offset come last, and stay in their order.
        loaded.events.sort_by_key(|message| Reverse(message.offset));
        if loaded.events.len() > count {
            loaded.events.truncate(count);
            loaded.is_all = false;
        }
        Ok(loaded)
    }

    /// How many events the store has before the first one that is wanted.
    async fn overlap(&self) -> Result<usize, HistoryError> {
        let birth = birth(&self.room.epoch);
        let is_wanted = |message: &EventMessage| {
            message.timestamp < birth || message.offset.is_none_or(|offset| offset < self.older_than)
        };
        let (mut index, mut size) = (0, self.core.config.max_history_page.min(PROBE));
        for _ in 0..MOST_ASKED {
            let answer = self.ask(index..index + size).await?;
            if let Some(first) = answer.iter().position(is_wanted) {
                return Ok(index + first);
            }
            index += answer.len();
            if answer.len() < size {
                break;
            }
            size = self.larger(size);
        }
        Ok(index)
    }

    fn larger(&self, size: usize) -> usize {
        size.saturating_mul(2).min(self.core.config.max_history_page).max(size)
    }

    /// What the application answers, newest first.
    async fn ask(&self, range: Range<usize>) -> Result<Vec<EventMessage>, HistoryError> {
        let Self { core, room, event, older_than } = *self;
        let Some(hook) = &core.hooks.on_load else { return Ok(Vec::new()) };
        let wanted = range.len();
        let request = LoadRequest {
            room: Arc::clone(room),
            event: event.to_owned(),
            start: range.start,
            end: range.end,
            before: (older_than < u64::MAX).then_some(older_than),
        };
        let id = &room.profile.id;
        let mut loaded = match hooks::run_store(core, "on_load", hook, request).await {
            Ok(Ok(loaded)) => loaded,
            Ok(Err(error)) => {
                error!(room = %id, event, error, "older events could not be loaded");
                return Err(HistoryError::Internal);
            }
            Err(Failed) => return Err(HistoryError::Internal),
        };
        if loaded.len() > wanted {
            warn!(room = %id, event, wanted, got = loaded.len(), "`on_load` answered with more events than were asked for");
            loaded.truncate(wanted);
        }
        for message in &mut loaded {
            // In the room and under the name that were asked for, whatever the store says.
            message.room_id = id.clone();
            event.clone_into(&mut message.event);
        }
        Ok(loaded)
    }
}

/// When an epoch began, in Unix milliseconds: it is a UUID whose first 48 bits are the time (version 7).
fn birth(epoch: &str) -> u64 {
    epoch.get(..12).and_then(|time| u64::from_str_radix(time, 16).ok()).unwrap_or(0)
}
