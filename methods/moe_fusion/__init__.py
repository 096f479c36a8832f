"""Team RAS, 10th ABAW: face, behaviour and audio branches, fused by directed experts or reliability gates."""
