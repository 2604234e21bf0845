"""The examination: protocol, segments of a recording, and the gates of its quality."""
