"""68-point landmark networks: the FAN, its heat maps, its training and the report of what training did.

The tracker that uses them is ``models/tracking/fan.py``. Importing this package imports no torch.
"""
