"""The chain radar: each rule's sightings as one SELECT, merged into findings that close by themselves."""
