"""Invented values of a type: people, places, payments, ids, in the format of the real ones.

`catalogue` is the way in. A provider learns how values are written, from at least k of them, and keeps none.
"""
