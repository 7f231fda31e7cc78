//! Joining a room: calling the hooks, adding the member, and replaying past events.

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::JoinError;
use crate::protocol::{self, Joined, name};
use crate::room::RoomId;
use crate::server::connection::{Exceeded, LiveRoom, Packet, Peer, take};
use crate::server::state::{
    AskedBy, Found, Member as _, NotOpened, NotSeated, Replay, Resume, SeatRequest, Seated, Wanted,
};

use super::announcements::announce;
use super::core::Core;
use super::history::{self, Pin};
use super::hooks::{self, Refusal};
use super::open_close;

/// Maximum number of attempts of a join if the room closes in the meantime.
const MOST_TRIES: usize = 100;

/// A client's request to join a room.
#[derive(Default)]
pub(crate) struct JoinRequest<'a> {
    /// The subscriptions that replace the room's default subscriptions.
    pub(crate) subscriptions: Option<Vec<Cow<'a, str>>>,
    pub(crate) resume: Option<protocol::Resume<'a>>,
    /// The number of the acknowledgement.
    pub(crate) ack: Option<i64>,
}

/// A join that the client requested. It is subject to the rate limit and the before-join hooks.
pub(crate) async fn ask_to_join(
    core: &Arc<Core>,
    peer: &Arc<Peer>,
    id: &str,
    request: JoinRequest<'_>,
) -> Result<(), JoinError> {
    let taken = take(&mut peer.limits().lock().joins, core.config.join_rate, core.clock());
    taken.map_err(|Exceeded { rate, retry_after }| JoinError::RateLimited { rate, retry_after })?;
    let max = core.config.max_subscriptions_per_room;
    if request.subscriptions.as_ref().is_some_and(|wanted| wanted.len() > max) {
        return Err(JoinError::TooManySubscriptions { max });
    }
    take_seat(core, peer, id, request, Asks::BeforeJoin).await
}

/// A join that the server makes on behalf of a client.
pub(crate) async fn join(
    core: &Arc<Core>,
    peer: &Arc<Peer>,
    id: &str,
    request: JoinRequest<'_>,
) -> Result<(), JoinError> {
    take_seat(core, peer, id, request, Asks::Nobody).await
}

/// Which checks a join must pass.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    Nobody,
    BeforeJoin,
}

/// Adds the client to the room, answers it, and calls the application's hooks.
async fn take_seat(
    core: &Arc<Core>,
    peer: &Arc<Peer>,
    id: &str,
    request: JoinRequest<'_>,
    asks: Asks,
) -> Result<(), JoinError> {
    let max = core.config.max_rooms_per_client;
    // Check this before a room is opened for a client that may not join.
    if !peer.memberships().lock().has_place_for(id, max) {
        return Err(JoinError::TooManyRooms { max });
    }
    // A room that the server opens for the client does not count towards the client's quota.
    let opener = (asks == Asks::BeforeJoin).then(|| peer.opener());
    let mut approved = None;
    for _ in 0..MOST_TRIES {
        let found = core.rooms.for_join(id, opener.clone()).map_err(|error| not_opened(error, id))?;
        let (Found::Open(room) | Found::New(room)) = &found;
        let is_member = peer.room(id).is_some_and(|own| Arc::ptr_eq(&own, room));
        if asks == Asks::BeforeJoin && !is_member && approved.as_ref() != Some(&room.epoch) {
            before_join(core, peer, room).await?;
            approved = Some(room.epoch.clone());
        }
        let is_charged = asks == Asks::BeforeJoin && sends_history(room, &request, is_member);
        if is_charged {
            may_sync(core, peer, room)?;
        }
        let pin = Pin::new(core, room);
        let seat_request = seat_request(core, peer, room, &request, asks == Asks::BeforeJoin).await?;
        let epoch = room.epoch.clone();
        let (room, is_new) = match found {
            Found::Open(room) => (room, false),
            Found::New(room) => {
                // Set before any other task can find the room, so that its history counts for this user.
                room.opener.get_or_init(|| peer.user_id().clone());
                core.rooms.add(&room, |change| announce(core, change, None)).map_err(|error| not_opened(error, id))?
            }
        };
        if room.epoch != epoch {
            // Another client has opened the room in the meantime. It is not the room that the hook was called with.
            continue;
        }
        core.announcements.until_open(&room).await;
        let mut sent = 0;
        let welcome = |seated: &Seated<Packet>| {
            sent = seated.replay.bytes();
            welcome(peer, &room, seated, request.ack);
        };
        let seated = seat(core, peer, &room, seat_request, welcome);
        drop(pin);
        if is_new {
            open_close::opened(core, &room).await;
        }
        match seated {
            // The room closed in the meantime. Another one with this id exists or will be opened.
            Err(NotTaken::Closed) => open_close::free(core, &room),
            Err(NotTaken::For(error)) => {
                if is_new && room.close_if_empty() {
                    open_close::free(core, &room);
                    open_close::closed(core, &room).await;
                }
                return Err(error);
            }
            Ok(is_first) => {
                if is_charged {
                    synced(core, peer, &room, sent);
                }
                if is_first {
                    joined_hooks(core, peer, room).await;
                }
                return Ok(());
            }
        }
    }
    Err(JoinError::RoomNotFound(RoomId::from(id)))
}

/// Whether the join may send past events.
fn sends_history(room: &LiveRoom, request: &JoinRequest<'_>, is_member: bool) -> bool {
    request.resume.is_some() || (!is_member && room.profile.sync_history_on_join > 0)
}

/// A client that repeatedly leaves and joins a room receives no more history than by requesting it.
fn may_sync(core: &Core, peer: &Peer, room: &LiveRoom) -> Result<(), JoinError> {
    let (rooms, rate) = (core.config.max_rooms_per_client, core.config.history_rate);
    let may = peer.limits().lock().may_sync(&room.profile.id, rooms, rate, core.clock());
    may.map_err(|Exceeded { rate, retry_after }| JoinError::HistoryRateLimited { rate, retry_after })
}

fn synced(core: &Core, peer: &Peer, room: &LiveRoom, bytes: usize) {
    let config = &core.config;
    let (rooms, rate, page) = (config.max_rooms_per_client, config.history_rate, config.max_history_page_bytes);
    peer.limits().lock().synced(&room.profile.id, rooms, rate, core.clock(), bytes, page);
}

/// Calls the hooks of a join.
async fn joined_hooks(core: &Arc<Core>, peer: &Arc<Peer>, room: Arc<LiveRoom>) {
    let joined = (Arc::clone(peer), room);
    hooks::run_all(core, "on_joined", &core.hooks.on_joined, &joined).await;
}

/// Asks the hooks whether the client may join this room.
async fn before_join(core: &Arc<Core>, peer: &Arc<Peer>, room: &Arc<LiveRoom>) -> Result<(), JoinError> {
    if core.hooks.before_join.is_empty() {
        return Ok(());
    }
    let asked = (Arc::clone(peer), Arc::clone(room));
    let id = room.profile.id.clone();
    let answer = hooks::ask_all(core, "before_join", &core.hooks.before_join, &asked).await;
    answer.map_err(|refusal| match refusal {
        Refusal::Denied(denied) => JoinError::Denied { room: id, denied },
        Refusal::Failed => JoinError::Internal(id),
    })
}

/// Builds the request to the room, including events that are in the store but not in memory.
async fn seat_request<'a>(
    core: &Arc<Core>,
    peer: &Arc<Peer>,
    room: &Arc<LiveRoom>,
    request: &'a JoinRequest<'_>,
    own: bool,
) -> Result<SeatRequest<'a, Packet>, JoinError> {
    let wanted = wanted(room, request.subscriptions.as_deref())?;
    let (replace, classic) = (request.subscriptions.is_some(), request.ack.is_none());
    let by = if own { AskedBy::Member { classic, resumes: request.resume.is_some() } } else { AskedBy::Server };
    let resume = match &request.resume {
        Some(resume) => resumption(core, peer, room, resume, &wanted).await,
        None => None,
    };
    let is_greeted = resume.is_none() && room.greets(peer.id(), own && classic);
    let missing_for_sync = if is_greeted { room.missing_for_sync() } else { Vec::new() };
    let may_load = !missing_for_sync.is_empty() && may_load(core, peer);
    let older = if may_load { history::older(core, room, missing_for_sync).await } else { Vec::new() };
    let (history_bytes, resume_bytes) = (core.config.max_history_page_bytes, core.config.max_resume_bytes);
    Ok(SeatRequest { wanted, replace, by, resume, resume_bytes, history_bytes, older })
}

/// Whether the store may be read for this client, within its rate for history.
fn may_load(core: &Core, peer: &Arc<Peer>) -> bool {
    let rate = core.config.history_rate;
    core.hooks.on_load.is_some() && take(&mut peer.limits().lock().history, rate, core.clock()).is_ok()
}

/// Loads the events that the client has missed and that are not in memory. Returns `None` if they are not available.
async fn resumption<'a>(
    core: &Arc<Core>,
    peer: &Arc<Peer>,
    room: &Arc<LiveRoom>,
    resume: &'a protocol::Resume<'_>,
    wanted: &Wanted,
) -> Option<Resume<'a, Packet>> {
    let gaps = room.gaps(peer.id(), &resume.epoch, resume.offset, wanted)?;
    if !gaps.is_empty() && !may_load(core, peer) {
        return None;
    }
    let (mut stored, mut bytes) = (Vec::new(), 0);
    for gap in gaps {
        let events = history::fill(core, room, &gap).await?;
        bytes += events.iter().map(|(_, packet)| packet.text.len()).sum::<usize>();
        // These packets are private, so they count towards the client's spill queue.
        if bytes > core.config.max_spill_bytes / 2 {
            return None;
        }
        stored.push((gap, events));
    }
    Some(Resume { epoch: &resume.epoch, offset: resume.offset, stored })
}

/// Answers the join, and then sends past events. The room is locked meanwhile, so they arrive before any new event.
fn welcome(peer: &Arc<Peer>, room: &LiveRoom, seated: &Seated<Packet>, ack: Option<i64>) {
    peer.answer(ack, Some(name::JOINED), &joined(room, seated));
    match &seated.replay {
        Replay::Missed(events) => peer.replay(events),
        Replay::Latest(events) if events.is_empty() => {}
        Replay::Latest(events) => {
            let envelopes: Vec<_> = events.iter().map(Packet::envelope).collect();
            peer.push(&Packet::of_json(name::HISTORY, &protocol::history(&room.profile.id, &envelopes)).private());
        }
    }
}

enum NotTaken {
    Closed,
    For(JoinError),
}

/// Adds the member to the room and the room to the client's list in one step. A client that disconnects meanwhile is
/// either not admitted or found in both. Returns true if the client was not a member before.
fn seat(
    core: &Core,
    peer: &Arc<Peer>,
    room: &Arc<LiveRoom>,
    request: SeatRequest<'_, Packet>,
    welcome: impl FnOnce(&Seated<Packet>),
) -> Result<bool, NotTaken> {
    let mut memberships = peer.memberships().lock();
    if memberships.gone {
        return Err(NotTaken::For(JoinError::Disconnected));
    }
    let id = &room.profile.id;
    let max = core.config.max_rooms_per_client;
    if !memberships.has_place_for(id.as_str(), max) {
        return Err(NotTaken::For(JoinError::TooManyRooms { max }));
    }
    match room.join(peer, request, welcome) {
        Ok(is_new) => {
            memberships.rooms.insert(id.clone(), Arc::clone(room));
            Ok(is_new)
        }
        Err(NotSeated::Closed) => Err(NotTaken::Closed),
        Err(NotSeated::Full { max_size }) => Err(NotTaken::For(JoinError::RoomFull { room: id.clone(), max_size })),
    }
}

fn not_opened(error: NotOpened, id: &str) -> JoinError {
    match error {
        NotOpened::NotFound => JoinError::RoomNotFound(RoomId::from(id)),
        NotOpened::Limit { max } => JoinError::ServerFull { max },
        NotOpened::OfUser { max } => JoinError::TooManyOpenedRooms { max },
        NotOpened::OfAddress { max } => JoinError::TooManyOpenedRoomsOfAddress { max },
    }
}

fn wanted(room: &LiveRoom, subscriptions: Option<&[Cow<'_, str>]>) -> Result<Wanted, JoinError> {
    let Some(names) = subscriptions else { return Ok(room.profile.default_subscriptions.clone()) };
    if let Some(event) = names.iter().find(|name| !room.profile.carries(name)) {
        return Err(JoinError::EventNotAllowed { room: room.profile.id.clone(), event: event.to_string() });
    }
    Ok(names.iter().map(|name| Arc::from(&**name)).collect())
}

fn joined<'a>(room: &'a LiveRoom, seated: &'a Seated<Packet>) -> Joined<'a> {
    let missed = match &seated.replay {
        Replay::Missed(events) => Some(events.len()),
        Replay::Latest(_) => None,
    };
    Joined {
        room_id: &room.profile.id,
        room_name: &room.profile.name,
        epoch: &room.epoch,
        offset: seated.offset,
        resumed: missed.is_some(),
        missed,
        subscriptions: seated.subscriptions.iter().map(|name| &**name).collect(),
    }
}
