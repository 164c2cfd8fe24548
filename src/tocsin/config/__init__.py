"""`tocsin.yaml` and packs become typed, checked configuration, with one error list that names file and line.

Law of this room: it does not know an adapter's options; those stay raw and the adapter's own type checks them in wiring.
"""
