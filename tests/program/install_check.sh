#!/usr/bin/env bash
# What is installed runs from there, and describes itself.
#
#   tests/program/install_check.sh CMAKE BUILD
set -euo pipefail
to=$(mktemp -d)
trap 'rm -rf "$to"' EXIT
"$1" --install "$2" --prefix "$to"
"$to/bin/zerogap" --version | grep '^zerogap'
grep '^\.SS denoise' "$to/share/man/man1/zerogap.1"
grep '^#compdef zerogap' "$to/share/zsh/site-functions/_zerogap"
bash -c 'source "$0"; complete -p zerogap' "$to/share/bash-completion/completions/zerogap"
