#!/usr/bin/env bash
# The wheel on emulated aarch64, set beside this machine: what `make test-arm` runs. See emulate.sh for what it needs.
#
#   run.sh PYTHON WHEEL      PYTHON: of an environment with the tests' packages and this project
#
# Prints what a reader of the log needs; exit status 1 where a verdict differs or a statistic by more than is promised.
set -euo pipefail
python=$(realpath -s "$1") wheel=$(realpath "$2")
cd "$(dirname "$0")/../.."
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
arm() { tests/arm/emulate.sh "$1" "$wheel" "$work" "${@:2}"; }
step() { printf '\n== %s (%s s)\n' "$1" "$SECONDS"; }
data=(--texts texts.tsv --pairs pairs.tsv --norms norms.tsv --permutations 200 --threads 2 --quiet)

step "inputs, and the same checks on this machine"
"$python" -m tests.arm.inputs "$work" >/dev/null 2>&1
cp -r "$("$python" -c 'import edgeinterp_models as m; print(m.default_model_folder())')" "$work/embedded"
here=$PWD
for model in small embedded; do (cd "$work" && PYTHONPATH=$here "$python" -m edgeinterp check $model "${data[@]}" --out here-$model); done

step "cortex-a53: import, and a short check"
arm cortex-a53 python3 -c 'import platform, edgeinterp; print(platform.machine(), edgeinterp.__version__)'
arm cortex-a53 python3 -m edgeinterp check small --only correspondence --texts texts.tsv --permutations 50 --threads 2 --quiet --out a53
arm cortex-a53 python3 -c 'import edgeinterp as ei; print(*(f"{v.claim}: {v.verdict}" for v in ei.load_result("a53").verdicts), sep="\n")'

step "cortex-a72: the kernels' tests"
arm cortex-a72 python3 -m pytest -q --noconftest -p no:cacheprovider --hypothesis-profile=ci /tests/kernels | tail -1

step "cortex-a72: kernels from two threads under the workqueue layer"
EDGEINTERP_ARM_ENV="NUMBA_THREADING_LAYER=workqueue" arm cortex-a72 python3 /tests/arm/two_threads.py

status=0
# float32 differs by the order of sums; int8 by instructions that round differently as well
for row in small:0.01 embedded:0.1; do
  model=${row%:*}
  step "cortex-a72: edgeinterp check, $model model"
  arm cortex-a72 python3 -m edgeinterp check $model "${data[@]}" --out there-$model
  (cd "$work" && PYTHONPATH=$here "$python" -m edgeinterp compare here-$model there-$model --quiet --out beside-$model)
  "$python" -m tests.arm.same "$work/beside-$model" "${row#*:}" || status=1
done
step "done"
exit $status
