from benchmark.contract import Card, Deviation, Paper, Published, StreamNeed
CARD = Card(
    key="moe_fusion",title="Team RAS",summary="x.",
    paper=Paper("t","a","v",2026,access="code"),tasks=("va",),
    streams=(StreamNeed("face",""),StreamNeed("face_mouth",""),StreamNeed("audio",""),StreamNeed("behaviour","")),
    ablations={})
