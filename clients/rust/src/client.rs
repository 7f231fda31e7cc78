//! The handle of a client.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use dialogue::{
    ClientId, RoomId, UserId,
    room::{RoomInfo, RoomRef as Named},
};
use futures_util::Stream;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::sync::mpsc::{self, error::SendTimeoutError};
use tokio::sync::oneshot;

use crate::builder::ClientBuilder;
use crate::command::{Command, Effect, argument};
use crate::error::{Error, Failure, JoinError, RequestError};
use crate::hub::{GAP, Hub, Notice, RoomHistory, State};
use crate::new_room::NewRoom;
use crate::room::Room;
use crate::subscription::{Subscription, boxed, on_notice};
use crate::wire::{self, OfRoom, Renew, Renewed, RoomList};

/// A connection to a server. This is a handle that is cheap to clone.
///
/// If the connection is lost, the client reconnects and resumes its rooms. It ends with
/// [`disconnect`](Self::disconnect), or when the last `Client`, [`Room`] and stream of it is dropped. A callback keeps
/// the client alive only if it captures one of these.
///
/// Notices that arrive before the first callback of their kind is registered wait for it: the latest 1,000 of all
/// kinds, up to 1 MiB. No notice is lost between [`connect`](ClientBuilder::connect) and the registration of a
/// callback.
///
/// ```no_run
/// use dialogue_client::Client;
/// use serde_json::json;
///
/// # async fn run() -> Result<(), dialogue_client::ConnectError> {
/// let client = Client::builder("http://localhost:3000").auth(json!({ "userId": "alice" })).connect().await?;
/// assert_eq!(client.user_id(), "alice");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    hub: Arc<Hub>,
    commands: mpsc::Sender<Command>,
    timeout: Duration,
}

impl Client {
    /// Configures a client of the server at this address, such as `http://localhost:3000`, or `https://example.com`
    /// with the feature `rustls`. `ws` and `wss` are accepted too. A query string is sent to the server in the
    /// handshake.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use dialogue_client::{Client, Reconnect};
    /// use serde_json::json;
    ///
    /// # async fn run() -> Result<(), dialogue_client::ConnectError> {
    /// let client = Client::builder("http://localhost:3000")
    ///     .auth(json!({ "userId": "alice" }))
    ///     .timeout(Duration::from_secs(5))
    ///     .reconnect(Reconnect { max: Duration::from_secs(30), ..Reconnect::default() })
    ///     .connect()
    ///     .await?;
    /// # Ok(()) }
    /// ```
    pub fn builder(address: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(address.into())
    }

    pub(crate) fn new(hub: Arc<Hub>, commands: mpsc::Sender<Command>, timeout: Duration) -> Self {
        Self(Arc::new(Inner { hub, commands, timeout }))
    }

    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.0.hub
    }

    /// Returns the id of the user that the server authenticated.
    pub fn user_id(&self) -> UserId {
        self.0.hub.identity().user_id
    }

    /// Returns the id of the current connection or, while disconnected, of the last one.
    pub fn client_id(&self) -> ClientId {
        self.0.hub.identity().client_id
    }

    /// Returns whether the client is connected.
    ///
    /// ```no_run
    /// use dialogue_client::{Client, State};
    ///
    /// # fn show(client: &Client) {
    /// match client.state() {
    ///     State::Connected => println!("online"),
    ///     State::Connecting => println!("reconnecting"),
    ///     _ => println!("offline"),
    /// }
    /// # }
    /// ```
    pub fn state(&self) -> State {
        *self.0.hub.state.borrow()
    }

    /// Returns a stream of the current state and its changes. States that change again before the stream is polled are
    /// skipped. The stream ends after [`State::Disconnected`].
    ///
    /// ```no_run
    /// use dialogue_client::Client;
    /// use futures_util::StreamExt as _;
    ///
    /// # async fn run(client: Client) {
    /// let mut states = client.state_changes();
    /// while let Some(state) = states.next().await {
    ///     println!("{state:?}");
    /// }
    /// # }
    /// ```
    pub fn state_changes(&self) -> impl Stream<Item = State> + Send + Unpin + use<> {
        let states = self.0.hub.state.subscribe();
        let next = async |(mut states, last): (tokio::sync::watch::Receiver<State>, Option<State>)| {
            if last == Some(State::Disconnected) {
                return None;
            }
            if let Some(last) = last {
                states.wait_for(|state| *state != last).await.ok()?;
            }
            let state = *states.borrow_and_update();
            Some((state, (states, Some(state))))
        };
        Box::pin(futures_util::stream::unfold((states, None), next))
    }

    /// Joins a room, which is named by its marker or by an id.
    ///
    /// Events that arrive before a callback or stream for them exists wait for it: the latest 1,000 of the room, up to
    /// 1 MiB. No event is lost between the join and the start of listening. Joining a room again returns another handle
    /// to it.
    ///
    /// ```no_run
    /// # use dialogue_client::Client;
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Move { x: i32 }
    /// dialogue::rooms! {
    ///     pub Lobby { events: [Move] }
    ///     pub Match { id: "match:{number:u64}", events: [Move] }
    /// }
    ///
    /// # async fn run(client: Client) -> Result<(), dialogue_client::JoinError> {
    /// let lobby = client.join(Lobby).await?;
    /// let game = client.join(Match { number: 7 }).await?;
    /// let project = client.join("project-123").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`JoinError`] if the room does not exist or is full, the server refuses the join, or there is no answer.
    pub async fn join<R: Named>(&self, room: R) -> Result<Room<R::Key>, JoinError> {
        let id = room.id();
        let (reply, answer) = oneshot::channel();
        let asked = self.send(Command::Join { room: id.clone(), reply }).await;
        let taken = match asked {
            Ok(()) => answer.await.unwrap_or(Err(Failure::Disconnected)),
            Err(failure) => Err(failure),
        };
        taken.map(|seat| Room::new(self, seat)).map_err(|failure| JoinError::new(&id, failure))
    }

    /// Returns the list of rooms. By default the server lists at most 1,000.
    ///
    /// ```no_run
    /// # async fn run(client: dialogue_client::Client) -> Result<(), dialogue_client::RequestError> {
    /// for room in client.list_rooms().await? {
    ///     println!("{}: {} connections", room.name, room.size);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`RequestError`] if there is no answer.
    pub async fn list_rooms(&self) -> Result<Vec<RoomInfo>, RequestError> {
        let answer = self.request(wire::LIST_ROOMS, None, Effect::Nothing).await?;
        Ok(wire::decode::<RoomList>(&answer)?.rooms)
    }

    /// Creates a room, if the server allows clients to do so.
    ///
    /// ```no_run
    /// use dialogue_client::{Client, NewRoom};
    ///
    /// # async fn run(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let info = client.create_room(NewRoom::new("tech-talk", "Tech Talk").max_size(100)).await?;
    /// let room = client.join(info.id.as_str()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`RequestError`] if the server refuses, with its [code](RequestError::code), or if there is no answer.
    pub async fn create_room(&self, room: NewRoom) -> Result<RoomInfo, RequestError> {
        let answer = self.request(wire::CREATE_ROOM, Some(argument(&room)), Effect::Nothing).await?;
        Ok(wire::decode(&answer)?)
    }

    /// Deletes a room that this user has created.
    ///
    /// ```no_run
    /// # async fn run(client: dialogue_client::Client) -> Result<(), dialogue_client::RequestError> {
    /// client.delete_room("tech-talk").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`RequestError`] if the server refuses, with its [code](RequestError::code), or if there is no answer.
    pub async fn delete_room(&self, room: impl Named) -> Result<(), RequestError> {
        let room_id = room.id();
        let request = argument(&OfRoom { room_id: &room_id });
        self.request(wire::DELETE_ROOM, Some(request), Effect::Deleted(room_id)).await?;
        Ok(())
    }

    /// Renews the session with a fresh token of the same user, and returns the time at which it expires, if it does.
    ///
    /// A client that reconnects needs a valid token too; provide it with [`ClientBuilder::auth_with`].
    ///
    /// ```no_run
    /// # async fn fetch_token() -> Result<String, std::io::Error> { Ok(String::new()) }
    /// # async fn run(client: dialogue_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let expires_at = client.renew(&fetch_token().await?).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`RequestError`] if the server refuses the token or does not answer. The session then continues
    /// unchanged.
    pub async fn renew(&self, token: &str) -> Result<Option<SystemTime>, RequestError> {
        let answer = self.request(wire::RENEW, Some(argument(&Renew { token })), Effect::Nothing).await?;
        let Renewed { expires_at } = wire::decode(&answer)?;
        Ok(expires_at.and_then(|millis| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis))))
    }

    /// Closes the connection and ends the client: all rooms are left, all streams end, and requests that are waiting
    /// for an answer fail. Does nothing if the client has already ended.
    ///
    /// ```no_run
    /// # async fn run(client: dialogue_client::Client) {
    /// client.disconnect().await;
    /// assert_eq!(client.state(), dialogue_client::State::Disconnected);
    /// # }
    /// ```
    pub async fn disconnect(&self) {
        let mut states = self.0.hub.state.subscribe();
        self.0.hub.closing.notify_one();
        // The task always sets this state when it ends, even if it is dropped.
        let _ended = states.wait_for(|state| *state == State::Disconnected).await;
    }

    /// Registers a callback for rooms that are created.
    ///
    /// ```no_run
    /// use dialogue_client::{Client, RoomInfo};
    ///
    /// # fn run(client: Client) {
    /// client.on_room_created(async |room: RoomInfo| println!("new room: {}", room.name));
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if called outside of a tokio runtime.
    pub fn on_room_created<F, Fut>(&self, callback: F) -> Subscription
    where
        F: FnOnce(RoomInfo) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let decode = |notice: &Notice| match notice {
            Notice::RoomCreated(info) => Some(info.clone()),
            _ => None,
        };
        on_notice(self.hub(), wire::ROOM_CREATED, decode, boxed(callback))
    }

    /// Registers a callback for rooms that are deleted.
    ///
    /// ```no_run
    /// use dialogue_client::{Client, RoomId};
    ///
    /// # fn run(client: Client) {
    /// client.on_room_deleted(async |room: RoomId| println!("deleted: {room}"));
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if called outside of a tokio runtime.
    pub fn on_room_deleted<F, Fut>(&self, callback: F) -> Subscription
    where
        F: FnOnce(RoomId) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let decode = |notice: &Notice| match notice {
            Notice::RoomDeleted(room) => Some(room.clone()),
            _ => None,
        };
        on_notice(self.hub(), wire::ROOM_DELETED, decode, boxed(callback))
    }

    /// Registers a callback for the history that the server sends on a join. It does so for rooms with
    /// `sync_history_on_join`; request the history of other rooms with [`Room::history`].
    ///
    /// ```no_run
    /// use dialogue_client::{Client, RoomHistory};
    ///
    /// # fn run(client: Client) {
    /// client.on_history(async |history: RoomHistory| {
    ///     for msg in history.events.iter().rev() {
    ///         println!("{}: {}", msg.from, msg.data);
    ///     }
    /// });
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if called outside of a tokio runtime.
    pub fn on_history<F, Fut>(&self, callback: F) -> Subscription
    where
        F: FnOnce(RoomHistory) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let decode = |notice: &Notice| match notice {
            Notice::History(history, _) => Some(history.clone()),
            _ => None,
        };
        on_notice(self.hub(), wire::HISTORY, decode, boxed(callback))
    }

    /// Registers a callback for gaps: rooms of which the client may have missed events. This happens after a reconnect,
    /// if the server no longer has all missed events, or if too many events arrived before a listener for them existed.
    /// Recorded events can still be requested with [`Room::history`].
    ///
    /// ```no_run
    /// use dialogue_client::{Client, RoomId};
    ///
    /// # fn run(client: Client) {
    /// client.on_gap(async |room: RoomId| println!("events of {room} may be missing; reload them"));
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if called outside of a tokio runtime.
    pub fn on_gap<F, Fut>(&self, callback: F) -> Subscription
    where
        F: FnOnce(RoomId) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let decode = |notice: &Notice| match notice {
            Notice::Gap(room) => Some(room.clone()),
            _ => None,
        };
        on_notice(self.hub(), GAP, decode, boxed(callback))
    }

    /// Registers a callback for errors that do not belong to a call of the program, such as a lost connection. They are
    /// logged too.
    ///
    /// ```no_run
    /// use dialogue_client::{Client, Error};
    ///
    /// # fn run(client: Client) {
    /// client.on_error(async |error: Error| eprintln!("{error}"));
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if called outside of a tokio runtime.
    pub fn on_error<F, Fut>(&self, callback: F) -> Subscription
    where
        F: FnOnce(Error) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let decode = |notice: &Notice| match notice {
            Notice::Error(error) => Some(error.clone()),
            _ => None,
        };
        on_notice(self.hub(), wire::ERROR, decode, boxed(callback))
    }

    /// Registers a callback for messages that the server sends under a name of its own, outside of rooms.
    ///
    /// ```no_run
    /// # async fn run(client: dialogue_client::Client) {
    /// client.on_message("chat:members", async |names: Vec<String>| println!("{} are here", names.join(", ")));
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if called outside of a tokio runtime.
    pub fn on_message<T, F, Fut>(&self, name: &str, callback: F) -> Subscription
    where
        T: DeserializeOwned + Send + 'static,
        F: FnOnce(T) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let decode = |notice: &Notice| match notice {
            Notice::Message { data, .. } => serde_json::from_str(data.get()).ok(),
            _ => None,
        };
        on_notice(self.hub(), name, decode, boxed(callback))
    }

    /// Sends a request and waits for the answer.
    pub(crate) async fn request(
        &self,
        name: &'static str,
        argument: Option<Box<str>>,
        effect: Effect,
    ) -> Result<Box<RawValue>, Failure> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Request { name, argument, effect, reply }).await?;
        answer.await.unwrap_or(Err(Failure::Disconnected))
    }

    /// Sends a command to the client's task. It waits while the queue is full of other commands.
    pub(crate) async fn send(&self, command: Command) -> Result<(), Failure> {
        self.0.commands.send_timeout(command, self.0.timeout).await.map_err(|error| match error {
            SendTimeoutError::Timeout(_) => Failure::Timeout,
            SendTimeoutError::Closed(_) => Failure::Disconnected,
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("user_id", &self.user_id()).field("state", &self.state()).finish_non_exhaustive()
    }
}
