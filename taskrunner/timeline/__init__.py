"""What a run spent its time on: as a page, as a trace, and compared with the runs before."""
