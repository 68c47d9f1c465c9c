"""Pages as data: what a document cannot say, such as links, tiles and pictures."""
