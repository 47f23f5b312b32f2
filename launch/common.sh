# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Shared by the scripts of this folder; sourced, never run. Sets ROOT, the repository's root.

# A failure inside a $(...) ends it, and with it the assignment that contains it.
shopt -s inherit_errexit

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

say() { printf '%s\n' "$*"; }

# die WHAT WHY DO: prints "what (why); what to do" and ends.
die() {
  printf 'error: %s (%s); %s\n' "$1" "$2" "$3" >&2
  exit "${4:-1}"
}

# The comment block under a script's first line is its help, but for a license line.
print_help() {
  local line
  { read -r line && while IFS= read -r line && [[ $line == '#'* ]]; do
    [[ $line == '# SPDX-'* ]] || { line=${line#'#'} && say "${line# }"; }
  done; } <"$0"
}

have() { command -v "$1" >/dev/null 2>&1; }

# Prints the zerogap that a script belongs to: the one that called it, the repository's, or that of an installed tree.
own_zerogap() {
  if [[ -z ${ZEROGAP_PROGRAM:-} && ! -x $ROOT/build/zerogap && -x $ROOT/../../bin/zerogap ]]; then
    realpath "$ROOT/../../bin/zerogap"
  else
    say "${ZEROGAP_PROGRAM:-$ROOT/build/zerogap}"
  fi
}

cache_folder() {
  if [[ ${XDG_CACHE_HOME:-} == /* ]]; then # a relative one counts for nothing, says the specification
    say "$XDG_CACHE_HOME/zerogap"
  elif [[ -n ${HOME:-} ]]; then
    say "$HOME/.cache/zerogap"
  else
    die "no place for the cached environment" "neither HOME nor an absolute XDG_CACHE_HOME is set" \
      "set XDG_CACHE_HOME to a folder that may be written"
  fi
}

# Prints the Python that draws: ZEROGAP_PYTHON, for environments maintained elsewhere; the one in the installed tree
# (launch/image); or the cached one. The name of the cached one depends on the python3 that is found first, and mpirun
# puts folders in front of PATH; so any other environment of the cache is accepted too, the newest first.
figures_python() {
  local own candidate
  [[ -z ${ZEROGAP_PYTHON:-} ]] || { say "$ZEROGAP_PYTHON" && return; }
  own=$("$ROOT/launch/setup" --where)/bin/python
  while read -r candidate; do
    [[ -x $candidate ]] && say "$candidate" && return
  done < <(say "$ROOT/../../lib/zerogap/python/bin/python" && say "$own" && ls -1dt "$(cache_folder)"/env-*/bin/python 2>/dev/null)
  say "$own"
}

# Sets `python` to that Python; ends with the given exit code if there is none.
need_figures_python() {
  python=$(figures_python)
  have "$python" || die "no Python with matplotlib" "there is no $python" \
    "run launch/setup, or set ZEROGAP_PYTHON to one with numpy, matplotlib and h5py" "${1:-1}"
}

# run_tool NAME [ARGUMENT...]: replaces this script by a tool of launch/python. Python runs that folder, so that the
# modules come from this tree: several clones may share the environment.
run_tool() { exec "$python" -B "$ROOT/launch/python" "$@"; }

# Prints the path of nvcc, or nothing.
find_nvcc() {
  local candidate
  for candidate in "${CUDACXX:-}" "${CUDA_HOME:-}/bin/nvcc" "$(command -v nvcc || true)" /usr/local/cuda/bin/nvcc; do
    if [[ -f $candidate && -x $candidate ]]; then
      say "$candidate"
      return
    fi
  done
}

# Prints the major version of the CUDA toolkit, or nothing if there is none or it cannot be determined.
cuda_major() {
  local nvcc
  nvcc=$(find_nvcc)
  [[ -z $nvcc ]] || { timeout 20 "$nvcc" --version 2>/dev/null || true; } | sed -n 's/.*release \([0-9]*\)\..*/\1/p'
}

# Reads --debug, --sanitize, --cpu into PRESET, --werror into WERROR, --no-setup into SETUP and -DNAME=VALUE into
# CMAKE_OPTIONS; everything else lands in REST.
parse_preset() {
  PRESET=default
  WERROR=OFF
  SETUP=1
  CMAKE_OPTIONS=()
  REST=()
  while (($#)); do
    case $1 in
      --debug | --sanitize | --cpu)
        [[ $PRESET == default ]] || die "two presets" "--$PRESET and $1" "give one of --debug, --sanitize, --cpu" 2
        PRESET=${1#--}
        ;;
      --werror) WERROR=ON ;;
      --no-setup) SETUP=0 ;;
      -D?*=*) CMAKE_OPTIONS+=("$1") ;;
      -h | --help)
        print_help
        exit 0
        ;;
      '') die "an argument is empty" "possibly a variable that is not set" "give it a value, or leave it out" 2 ;;
      *) REST+=("$1") ;;
    esac
    shift
  done
}

# wait_for_lock FILE WORDS: sets `lock` to a descriptor of the file, locked; prints WORDS if it has to wait.
wait_for_lock() {
  exec {lock}>"$1"
  flock -n "$lock" || { say "$2" && flock "$lock"; }
}

# Prints how many processors may be used; nproc would return OMP_NUM_THREADS.
count_processors() { env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc; }

# Prints how many compilers may run at once.
jobs_that_fit() {
  # A file that includes LibTorch takes close to 2 GiB to compile.
  local cores memory
  cores=$(count_processors)
  memory=$(awk '/^MemAvailable/ { print int($2 / 2097152) }' /proc/meminfo)
  say "$((memory < 1 ? 1 : memory < cores ? memory : cores))"
}

# build_preset [TARGET]: sets up, configures and builds PRESET (or one target of it), and points build/zerogap at it.
build_preset() {
  local tree="$ROOT/build/$PRESET" lock
  if ((SETUP)); then
    "$ROOT/launch/setup"
  elif [[ -n ${CONDA_PREFIX:-} && :${CMAKE_PREFIX_PATH:-}: != *:$CONDA_PREFIX:* ]]; then
    export CMAKE_PREFIX_PATH=$CONDA_PREFIX${CMAKE_PREFIX_PATH:+:$CMAKE_PREFIX_PATH} # the environment that is active
  fi
  mkdir -p "$tree" || die "no folder for the build" "see above" "choose a writable place"
  wait_for_lock "$tree/lock" "build: waiting for another build in $tree to end"
  have cmake || die "no cmake" "it is not in PATH" "load its module, or let launch/setup install it"
  (cd "$ROOT" && cmake --preset "$PRESET" -DZEROGAP_WERROR="$WERROR" "${CMAKE_OPTIONS[@]}" --log-level=NOTICE >/dev/null) ||
    die "the $PRESET build was not configured" "cmake failed, see above" \
      "mend what it names (docs/clusters.md); if the repository was moved, remove $tree and try again"
  cmake --build "$tree" --parallel "$(jobs_that_fit)" --target "${1:-all}" ||
    die "the $PRESET build failed" "the first error is above" "fix it and run this again"
  ln -sfn "$PRESET/zerogap" "$ROOT/build/zerogap.new"
  mv -T "$ROOT/build/zerogap.new" "$ROOT/build/zerogap"
  exec {lock}>&-
}
