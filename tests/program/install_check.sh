#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is installed may be moved, runs from there with nothing of the repository, and is found by find_package.
#
#   tests/program/install_check.sh CMAKE BUILD SOURCE
set -euo pipefail
cmake=$1 build=$2 source=$3
to=$(mktemp -d)
trap 'rm -rf "$to"' EXIT
# Only an installed tree's own files are to be found.
unset ZEROGAP_SHARE ZEROGAP_ROOT ZEROGAP_PROGRAM ZEROGAP_DATA_DIR

fail() {
  printf 'failed: %s\n' "$1" >&2
  exit 1
}

# step NAME COMMAND...: its output is shown where it fails.
step() {
  local name=$1
  shift
  "$@" >"$to/output" 2>&1 || { cat "$to/output" && fail "$name"; }
  printf 'passed: %s\n' "$name"
}

# holds FILE TEXT
holds() { grep -qF -- "$2" "$1" || { cat "$1" && fail "$1 does not hold '$2'"; }; }

step "install" "$cmake" --install "$build" --prefix "$to/first"
tree="$to/moved to here"
mv "$to/first" "$tree"
cd "$to"
# As complete paths: share/zerogap holds a repository at /zerogap in letters only.
for path in "$source" "$build" "$to/first"; do
  named=$(grep -raElZ -- "(^|[^[:alnum:]_.-]|-[IL])$(sed 's/[][\.*^$+?(){}|]/\\&/g' <<<"$path")(/|[^[:alnum:]_.-]|$)" "$tree" | tr '\0' '\n' || true)
  [[ -z $named ]] || fail "these name $path: $named"
done

zerogap="$tree/bin/zerogap"
share="$tree/share/zerogap"
holds "$tree/share/man/man1/zerogap.1" '.SS denoise'
holds "$tree/share/zsh/site-functions/_zerogap" '#compdef zerogap'
step "completion" bash -c 'source "$0"; complete -p zerogap' "$tree/share/bash-completion/completions/zerogap"
step "man" "$zerogap" man
holds "$to/output" '.SS denoise'

train=(train "$share/configs/smoke/digits.yaml" --set optimizer.epochs=20 --out)
step "train" "$zerogap" "${train[@]}" run
if type -P mpirun >/dev/null; then
  step "train on 2 ranks" "$share/launch/mpirun" -n 2 "$zerogap" "${train[@]}" run2
  [[ $(grep '"objective"' run/result.json) == "$(grep '"objective"' run2/result.json)" ]] || fail "2 ranks gave other numbers"
fi
step "train with LibTorch's rules" "$zerogap" "${train[@]}" asgd --set optimizer.name=asgd --set optimizer.lr=1e-6
step "export to PyTorch" "$zerogap" export run --format torchscript --out net.pt
step "picture" "$zerogap" data "$share/configs/smoke/digits.yaml" --picture noisy.png
step "denoise" "$zerogap" denoise run noisy.png --out denoised
[[ -s denoised/noisy.png ]] || fail "nothing was denoised"
step "report" "$zerogap" report run --out report
holds report/index.html 'digits'
step "report by its script" "$share/launch/report" run --out report
step "plot" "$share/launch/plot" run --out curves.png
# Where the tree's datasets/fetch puts MNIST: two images of 3 x 3 pixels a part stand for it.
mkdir "$share/datasets/mnist"
for part in train t10k; do
  { printf '\0\0\10\3\0\0\0\2\0\0\0\3\0\0\0\3' && head -c 18 /dev/zero; } >"$share/datasets/mnist/$part-images-idx3-ubyte"
done
step "MNIST of the tree" "$zerogap" data --set data.source=mnist --set data.images=2 --set data.test_images=2 --out mnist.h5
# Also where Slurm is not.
mkdir "$to/none"
printf '#!/bin/sh\nexit 127\n' >"$to/none/scontrol"
chmod +x "$to/none/scontrol"
step "sweep for Slurm" env PATH="$to/none:$PATH" "$zerogap" sweep "$share/configs/sweep/smoke.yaml" --out sweep --slurm "$share/slurm/env/generic.sh" --dry-run
holds "$to/output" "export ZEROGAP_ROOT=$(printf %q "$share")"
holds "$to/output" "export ZEROGAP_PROGRAM=$(printf %q "$zerogap")"

flags=()
if grep -q '^ZEROGAP_SANITIZE:BOOL=ON' "$build/CMakeCache.txt"; then
  flags=('-DCMAKE_CXX_FLAGS=-fsanitize=address,undefined')
fi
step "example's configuration" "$cmake" -G Ninja -S "$share/examples/certify" -B certify -DCMAKE_PREFIX_PATH="$tree" "${flags[@]}"
step "example's build" "$cmake" --build certify
# Where a program that uses the libraries finds LibTorch.
readelf -d certify/certify >"$to/output"
holds "$to/output" "$tree/lib/zerogap"
step "example" certify/certify
# The first line's numbers were computed apart, with NumPy; the second's are section 7's of docs/theory.md.
holds "$to/output" 'dual    objective 16.489406  lower bound 12.310078  gap 0.2535'
holds "$to/output" 'primal  objective 0.45717  lower bound 0.19000  gap 0.5844'
