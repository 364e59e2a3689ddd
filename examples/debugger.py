"""A debugger that draws attention itself, and hangs a verdict on every map: nothing is drawn that a result denies.

edgeinterp check my-model --only correspondence,influence --out judged
python examples/debugger.py my-model judged "The river overflowed its banks."
"""

import sys

import edgeinterp as ei

folder, judged, sentence = sys.argv[1:]
model, result = ei.load(folder), ei.load_result(judged)
(text,) = model.encode([sentence])
tokens = model.token_strings(text.ids.tolist())
(run,) = model.activations([text], (), range(1, model.manifest.layers + 1))
for number, maps in enumerate(run.attentions, 1):
    claims = [one for one in result.verdicts if one.attention_layer == number and one.kind == "attention"]
    against = [one for one in claims if one.verdict != "supported"]
    print(f"\nattention layer {number}: {', '.join(f'{one.check} {one.verdict}' for one in claims) or 'not judged'}")
    if against or not claims:
        print("\n".join(f"  not drawn: {one.because}" for one in against) or "  not drawn: check this layer")
        continue
    for token, row in zip(tokens, maps[0].mean(axis=0), strict=True):
        largest = max(weight for weight, special in zip(row, text.special, strict=True) if not special)
        cells = (" ░▒▓█"[min(4, int(5 * weight / largest))] * 2 for weight in row)
        print(f"  {token:>12} {''.join(cells)}")
