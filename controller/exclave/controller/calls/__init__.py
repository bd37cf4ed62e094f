"""Calls: from a handle's arguments to a result out of the worker, and back again where native code calls Python.

`lane.py` has the words, `shared_lane.py` and `../remote/stream_lane.py` the two ways to a worker's lane, `pool.py` who
has which lane, `conversation.py` what is said on one, `caller.py` the session's front of it all.
"""
