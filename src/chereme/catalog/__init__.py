"""What was signed, by whom, in which split: one file a dataset, then choosing, splitting, numbering and counting.

A dataset's class order is the order in which its glosses first appear in `read`.
"""
