"""What leaves the records as files for other programs, and how folders of videos come in (docs/exports.md)."""
