//! A server for clients in other languages: every room that the examples of the TypeScript library use, and those in which
//! a client finds what is rare.
//!
//! Of the `auth` payload, `userId` is who one is, the token `refused` is refused, `sessionMs` ends the session then, and with
//! `joined` the server joins the client to the room `joined-by-server` itself.

use std::time::{Duration, SystemTime};

use dialogue::{Client, Denied, Dialogue, Event, Handshake, Identity, NewRoom, hook::RoomProposal};
use dialogue_tests::serve;
use serde::{Deserialize, Serialize};

/// Something that somebody says.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
#[event(history = 100)]
struct Message {
    #[validate(length(min = 1, max = 1000))]
    text: String,
    sender_id: String,
}

/// Somebody has begun or ceased to write.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
struct Typing {
    is_typing: bool,
}

/// Somebody has come.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
#[event(name = "user:joined")]
struct UserJoined {
    user_id: String,
    username: String,
}

/// Somebody has made a move.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(history = 10)]
struct Move {
    x: i32,
    y: i32,
}

/// Something without a payload.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Ping;

dialogue::rooms! {
    /// Where the examples chat.
    Chat {
        name: "Chat",
        events: [Message, Typing],
        default_subscriptions: [Message, Typing],
        sync_history_on_join: true,
    }

    /// Public chat room for everyone.
    General {
        name: "General Chat",
        events: [Message, Typing],
        server_events: [UserJoined],
        default_subscriptions: [Message, UserJoined],
        sync_history_on_join: 50,
        max_size: 500,
    }

    /// Seats one.
    Tiny { events: [Ping], default_subscriptions: [*], max_size: 1 }

    /// In which the server seats whoever wants it to.
    JoinedByServer {
        id: "joined-by-server",
        name: "Joined by the server",
        events: [Message, Typing],
        default_subscriptions: [*],
        sync_history_on_join: 5,
    }

    /// One room per match.
    Match {
        id: "match:{number:u64}",
        name: "Match {number}",
        events: [Move, Ping],
        default_subscriptions: [*],
        open: on_join,
        close_when_empty: true,
    }
}

/// What a client says of itself.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Auth {
    user_id: Option<String>,
    token: Option<String>,
    session_ms: Option<u64>,
    joined: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let dialogue = Dialogue::builder()
        .rooms(ROOMS)
        .authenticate(authenticate)
        .before_create(async |wish: RoomProposal| {
            Ok(wish.config().event::<Message>().event::<Typing>().subscribe_to_all().sync_history_on_join(50))
        })
        .on_connected(seat)
        .build()?;
    dialogue.create_room(NewRoom::new("project-123", "Project 123").any_event()).await?;
    serve(dialogue).await
}

async fn authenticate(handshake: Handshake) -> Result<Identity, Denied> {
    let auth: Auth = handshake.auth().map_err(|error| Denied::because(error.to_string()))?;
    if auth.token.as_deref() == Some("refused") {
        return Err(Denied::because("the token is not one of ours"));
    }
    let identity = Identity::new(auth.user_id.unwrap_or_else(|| handshake.client_id().to_string()));
    Ok(match auth.session_ms {
        Some(millis) => identity.expires_at(SystemTime::now() + Duration::from_millis(millis)),
        None => identity,
    })
}

async fn seat(client: Client) {
    let wants = client.handshake().auth::<Auth>().is_ok_and(|auth| auth.joined);
    if wants && client.join(JoinedByServer).await.is_ok() {
        // A client hears it after its seat.
        let _gone = client.send("seated", &client.user_id().to_string());
    }
}
