//! Reads the application's store: events of one type that are older than those in memory, newest first.
//!
//! A store may return events that are in memory: it ignores [`before`](LoadRequest::before), or it contains events that
//! a timed-out hook has stored nevertheless. This module drops them and requests more. A store may also return offsets
//! for events of earlier epochs, which are invalid in this one. They are removed where they can be detected.

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

/// Maximum number of store reads for one answer. More than a few are needed only if the store has many events of
/// memory.
const MOST_ASKED: usize = 32;

/// The number of events that are read to find the first one that is not in memory.
const PROBE: usize = 100;

/// The source of events.
pub(super) struct Store<'a> {
    pub(super) core: &'a Arc<Core>,
    pub(super) room: &'a Arc<LiveRoom>,
    pub(super) event: &'a str,
    /// Of this epoch, only events before this offset are needed.
    pub(super) older_than: u64,
}

/// The result of a read.
#[derive(Default)]
pub(super) struct Loaded {
    /// By offset, newest first and without duplicates; then those of earlier epochs, in the order of the store.
    pub(super) events: Vec<EventMessage>,
    /// Whether the store has no further events.
    pub(super) is_all: bool,
    /// Whether the store returned events that are in memory.
    overlaps: bool,
}

impl Store<'_> {
    /// Returns the events in a range, counted from the newest one that is needed. `overlaps` tells whether the store
    /// may have events that are in memory.
    pub(super) async fn read(&self, range: Range<usize>, overlaps: bool) -> Result<Loaded, HistoryError> {
        if self.core.hooks.on_load.is_none() {
            return Ok(Loaded { is_all: true, ..Loaded::default() });
        }
        // A store that ignores `before` returns surplus events, which would shift all positions.
        let is_shifted = overlaps && range.start > 0;
        let shift = if is_shifted { self.overlap().await? } else { 0 };
        let loaded = self.collect(range.start.saturating_add(shift), range.len()).await?;
        if !loaded.overlaps || range.start == 0 || is_shifted {
            return Ok(loaded);
        }
        let shift = self.overlap().await?;
        self.collect(range.start.saturating_add(shift), range.len()).await
    }

    /// Returns the next `count` events of the store from an index on, without those in memory.
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
                    // Offsets decrease within an epoch. Where they increase and the time precedes this epoch, an
                    // earlier epoch begins.
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
        // Events without an offset come last, in their original order.
        loaded.events.sort_by_key(|message| Reverse(message.offset));
        if loaded.events.len() > count {
            loaded.events.truncate(count);
            loaded.is_all = false;
        }
        Ok(loaded)
    }

    /// Returns the number of events in the store before the first one that is needed.
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

    /// Returns the application's answer, newest first.
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
            // The room and the name are those of the request, regardless of what the store returned.
            message.room_id = id.clone();
            event.clone_into(&mut message.event);
        }
        Ok(loaded)
    }
}

/// The start of an epoch in Unix milliseconds. An epoch is a UUID (version 7), whose first 48 bits are the time.
fn birth(epoch: &str) -> u64 {
    epoch.get(..12).and_then(|time| u64::from_str_radix(time, 16).ok()).unwrap_or(0)
}
