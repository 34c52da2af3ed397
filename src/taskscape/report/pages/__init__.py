"""Results of analyses as pages: one file each, all in the form of `taskscape.report.document`."""
