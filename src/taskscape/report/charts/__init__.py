"""Pictures for pages: pure functions from numbers to SVG, coloured by the page's style."""
