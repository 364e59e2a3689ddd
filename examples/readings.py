"""Draw a text only by what holds: of each layer the reading that a result recommends, or the reason for none."""

import sys

import edgeinterp as ei
import edgeinterp_models

folder = edgeinterp_models.default_model_folder()
# a result.json of `edgeinterp check`, if one is named; else the check is run
result = ei.load_result(sys.argv[1]) if len(sys.argv) > 1 else ei.check(folder, only="influence")
model = ei.load(folder)
(text,) = model.encode(["The river overflowed its banks after three days of heavy rain in the mountains."])
tokens, maps = model.token_strings(text.ids.tolist()), ei.readings(model, text)
asked = tokens.index("banks")
influence = result.influence()
assert influence is not None
for layer in influence.layers:
    found = layer.recommended
    if found is None or found.key is None:
        print(f"layer {layer.attention_layer}: not drawn; {found.because if found else 'nothing was measured'}")
        continue
    row = maps[found.key][layer.attention_layer - 1, asked]
    row = row / max(share for place, share in enumerate(row) if place != asked)
    rho = f"follows influence with rho {found.rho:.2f}"
    print(f"layer {layer.attention_layer}: what {tokens[asked]!r} has of each token by {found.key} ({rho})")
    print(" ".join(f"{token}{'▁▂▃▄▅▆▇█'[int(7 * min(share, 1))]}" for token, share in zip(tokens, row, strict=True)))
