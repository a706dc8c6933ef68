"""The drawn signer: short videos of a stylized person signing, with the 21 joints of each hand known in every frame.

anatomy (joints) -> hand (flesh over joints) -> sdf, render (flesh to pixels) -> person (the body and its room)
-> signs, signer, perform (who moves how) -> collection (files in WLASL's form).
"""
