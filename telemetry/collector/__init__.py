"""The collector: receives sessions, keeps them safe, sums them up, publishes the sums, and forgets.

A program of its own (`taskrunner-collector`, extra `collector`) that any application's sessions can be sent
to. It shares the catalogue and the grammar of values with the client, and no other module.
"""
