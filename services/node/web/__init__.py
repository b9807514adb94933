"""A node's pages: server-rendered, one template set for the four levels, no scripts."""
