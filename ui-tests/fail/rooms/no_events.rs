dialogue::rooms! {
    pub Lobby { name: "The lobby" }

    pub Hall {}
}

fn main() {}
