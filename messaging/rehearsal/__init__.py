"""A carrier inside the app: it speaks Twilio's HTTP interface to the real client, and nothing leaves the machine."""
