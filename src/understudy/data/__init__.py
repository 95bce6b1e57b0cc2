"""Tables and what is known of them: files, frames, schemas, splits."""
