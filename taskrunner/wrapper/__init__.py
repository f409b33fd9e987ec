"""The script that a project commits to pin its version of taskrunner."""
