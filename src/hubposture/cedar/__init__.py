"""Access rules by Cedar. A library beside us and no system elsewhere, so it is no connector: an adapter of its own.

cedarpy takes a tenth of a second to import; it is imported here only when rules are read.
"""
