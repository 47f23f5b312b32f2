#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# scancel in the middle of a sweep, then the same command again: the rest is computed, and nothing twice.
set -euo pipefail
# shellcheck source=tests/slurm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh" "$@"

file=$root/configs/sweep/smoke.yaml
settings=(--set data.images=12 --set optimizer.epochs=200 --set run.evaluate_every=1 --set run.threads=1)
"$program" sweep "$file" --out here "${settings[@]}" >/dev/null 2>&1
"$program" collect here --reproducible --out here.csv

environment env.sh cluster_pack=0.001 cluster_tasks=2
submit() { on_control "$program" sweep "$file" --out there "${settings[@]}" --slurm env.sh 2>words | sed -n 's/^Submitted batch job //p'; }
done_cells() { grep -ls '"sweep"' there/cells/*/result.json | wc -l; }
some_are_done() { (($(done_cells) >= 3)); }

first=$(submit)
until_true 120 "three cells" some_are_done
on_control scancel "$first"
finish "$first" 60
before=$(done_cells)
((before < 12)) || fail "all cells were done before scancel"
grep -ls '"sweep"' there/cells/*/result.json | xargs sha256sum >finished
ok "cancelled after $before of 12 cells"

second=$(submit)
[[ -n $second ]] || fail "nothing was submitted again: $(cat words)"
finish "$second" 240
sha256sum --quiet -c finished || fail "a finished cell was computed again"
"$program" collect there --reproducible --out there.csv
cmp here.csv there.csv || fail "the table is not that of an undisturbed sweep"
cat there/slurm/*.out >said
for cell in there/cells/*; do
  (($(grep -c "^cell $(basename "$cell") .*objective" said) == 1)) || fail "$cell was finished $(grep -c "^cell $(basename "$cell") .*objective" said) times"
done
ok "the rest was computed, nothing twice"
passed=1
