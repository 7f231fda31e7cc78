//! The description of a room that a client creates.

use dialogue::RoomId;
use serde::Serialize;

/// The description of a room for [`Client::create_room`](crate::Client::create_room). The server decides which events
/// the room carries.
///
/// ```no_run
/// use dialogue_client::{Client, NewRoom};
///
/// # async fn run(client: Client) -> Result<(), dialogue_client::RequestError> {
/// let room = NewRoom::new("tech-talk", "Tech Talk").description("All about technology.").max_size(100);
/// let info = client.create_room(room).await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use = "a room is created by `create_room`"]
pub struct NewRoom {
    id: RoomId,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_size: Option<usize>,
}

impl NewRoom {
    /// Describes a room with this id and display name.
    pub fn new(id: impl Into<RoomId>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), description: None, max_size: None }
    }

    /// Sets the description. Default: none.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets the maximum number of connections in the room. Default: as the server decides.
    pub fn max_size(mut self, seats: usize) -> Self {
        self.max_size = Some(seats);
        self
    }
}
