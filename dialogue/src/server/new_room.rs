//! Rooms that clients wish for.

use crate::room::{NewRoom, RoomId};

use super::client::Client;

/// A room that a client wishes for: what [`before_create`](crate::DialogueBuilder::before_create) makes a room of, or
/// refuses.
///
/// ```
/// use dialogue::{hook::RoomProposal, Denied, Dialogue};
/// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Message { text: String }
///
/// # fn main() -> Result<(), dialogue::error::BuildError> {
/// let dialogue = Dialogue::builder()
///     .before_create(async |wish: RoomProposal| {
///         if !wish.id.as_str().starts_with("talk:") {
///             return Err(Denied::because("the id of a room begins with `talk:`"));
///         }
///         Ok(wish.config().event::<Message>().default_subscription::<Message>().close_when_empty())
///     })
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RoomProposal {
    /// The client that wishes for it.
    pub client: Client,
    /// The id, which is free, or was a moment ago.
    pub id: RoomId,
    /// The name for people.
    pub name: String,
    /// What the room is for.
    pub description: Option<String>,
    /// How many connections it is to seat.
    pub max_size: Option<usize>,
}

impl RoomProposal {
    /// The room as the client wishes it, created by the client's user, who may delete it. It carries nothing yet.
    pub fn config(&self) -> NewRoom {
        let mut config = NewRoom::new(self.id.clone(), self.name.clone()).created_by(&self.client);
        config.description.clone_from(&self.description);
        config.max_size = self.max_size;
        config
    }
}
