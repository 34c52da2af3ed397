"""Results → one plain dict (`summary`) → one self-contained page (`page`); the verb–noun sunburst (`sunburst`)."""
