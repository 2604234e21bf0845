"""Refinement of the mesh: lids, brow, lips and alar rim of one half of the face at a time, by networks that both halves share.

alignment   where a half's crops lie: by points that do not move with expression, the left half mirrored
network     the network: a crop and the mesh's own points in it give the displacement of these points
refine      the points of a whole face refined in a picture
augment     what cameras do to a crop, for training
poses       random movements of each half, with the muscle model of the phantom
data        pictures with exact points: moved photographs of people and drawn people
training    training and what it reaches on people that it never saw
"""
