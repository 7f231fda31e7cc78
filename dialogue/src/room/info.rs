//! A room as it appears in the list of rooms.

use serde::{Deserialize, Serialize};

use super::id::{RoomId, UserId};

/// A room as it appears in the list of rooms that clients request, and in the announcement of a new room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoomInfo {
    /// The id.
    pub id: RoomId,
    /// The display name.
    pub name: String,
    /// The description, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The current number of connections in the room.
    pub size: usize,
    /// The maximum number of connections, or `None` for no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_size: Option<usize>,
    /// The user who created the room, if a user did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by_id: Option<UserId>,
}
