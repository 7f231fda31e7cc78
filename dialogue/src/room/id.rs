//! The id types: rooms, users and clients.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A string that is cheap to clone: static or shared.
#[derive(Clone)]
enum Text {
    Static(&'static str),
    Shared(Arc<str>),
}

impl Text {
    fn as_str(&self) -> &str {
        match self {
            Self::Static(text) => text,
            Self::Shared(text) => text,
        }
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Text);

        impl $name {
            /// Creates an id from a static string, without allocating. It is `const`.
            pub const fn from_static(id: &'static str) -> Self {
                Self(Text::Static(id))
            }

            /// Returns the id as it is sent on the wire.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(Text::Shared(id.into()))
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(Text::Shared(id.into()))
            }
        }

        impl From<&String> for $name {
            fn from(id: &String) -> Self {
                Self::from(id.as_str())
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self::from(Cow::<str>::deserialize(deserializer)?.as_ref()))
            }
        }
    };
}

id! {
    /// The id of a room, such as `general` or `match:7`.
    ///
    /// Cloning is cheap. An id compares with `&str`, and methods that take `impl Into<RoomId>` accept string slices and
    /// `String`s too.
    ///
    /// ```
    /// use dialogue::RoomId;
    ///
    /// const LOBBY: RoomId = RoomId::from_static("lobby");
    /// let id = RoomId::from(format!("match:{}", 7));
    /// assert_eq!(id, "match:7");
    /// assert_eq!(id.as_str().strip_prefix("match:"), Some("7"));
    /// assert_ne!(id, LOBBY);
    /// ```
    RoomId
}

id! {
    /// The id of a user, as the application defines it. One user may have several clients, for example one per browser
    /// tab.
    ///
    /// Cloning is cheap. An id compares with `&str`, and methods that take `impl Into<UserId>` accept string slices and
    /// `String`s too.
    ///
    /// ```
    /// use dialogue::UserId;
    ///
    /// let alice = UserId::from("alice");
    /// assert_eq!(alice, "alice");
    /// assert_eq!(alice.as_str(), "alice");
    /// assert_eq!(UserId::SYSTEM, "system");
    /// ```
    UserId
}

id! {
    /// The id of a client, which is one connection. The server assigns it; a user with two browser tabs has two
    /// clients.
    ClientId
}

impl UserId {
    /// The sender of events that the server triggers without naming a user: `system`. No client can have this id.
    pub const SYSTEM: Self = Self::from_static("system");
}
