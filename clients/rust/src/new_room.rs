//! A room that a client creates.

use dialogue::RoomId;
use serde::Serialize;

/// What a room is to be that [`Client::create_room`](crate::Client::create_room) creates. What it carries, the server says.
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
    /// A room of this id, with a name for people.
    pub fn new(id: impl Into<RoomId>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), description: None, max_size: None }
    }

    /// What the room is for. Default: none.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// How many connections the room seats. Default: as the server says.
    pub fn max_size(mut self, seats: usize) -> Self {
        self.max_size = Some(seats);
        self
    }
}
