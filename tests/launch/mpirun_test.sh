#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# launch/mpirun under one version of Open MPI, with shells for ranks: options, placement, exit codes, signals, errors.
#
#   mpirun_test.sh NAME 4|5
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
launch=$here/../../launch/mpirun
name=$1 version=$2

bin=$("$here/openmpi" "$version")
[[ -n $bin ]] || { echo "SKIPPED $name: needs Open MPI $version (tests/launch/openmpi $version --make)" && exit 77; }
export PATH=$bin:$PATH
unset SLURM_JOB_ID OMP_WAIT_POLICY OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 1
bad=0

# expect CODE TEXT ARGUMENT...: launch/mpirun ends with CODE (failure: any but 0) and says TEXT; TEXT "!x": it does not
# say x.
expect() {
  local code=$1 text=$2 found verdict=right try
  shift 2
  for try in 1 2; do
    found=0
    timeout 60 "$launch" "$@" >output 2>&1 </dev/null || found=$?
    # Seen once in a thousand starts of Open MPI 5.0.11, which then has run nothing.
    grep -q "listener thread failed to start" output || break
    echo "Open MPI did not start at try $try of launch/mpirun $*"
  done
  [[ $found == "$code" || $code == failure && $found != 0 ]] || verdict="WRONG (ended with $found, expected $code)"
  if [[ $text == !* ]]; then
    ! grep -qF -- "${text#!}" output || verdict="WRONG (it says '${text#!}')"
  else
    grep -qF -- "$text" output || verdict="WRONG (it does not say '$text')"
  fi
  echo "$verdict: launch/mpirun $*"
  [[ $verdict == right ]] || { bad=1 && sed 's/^/    /' output; }
}

# Each rank says its number and how many there are.
# shellcheck disable=SC2016  # expanded by the ranks
hello=(sh -c 'echo "rank $OMPI_COMM_WORLD_RANK of $OMPI_COMM_WORLD_SIZE"')

# Options that take values, before and behind -n; a launcher that took their values for the program would fail.
for options in "--timeout 50" "--mca btl self" "--rank-by slot" "--map-by slot" "--bind-to none" "-N 2" "--npernode 2" \
  "--prefix $(dirname "$bin")" "-x KIND=test" "-wdir $place" "--wdir $place" "--path $(dirname "$(command -v sh)")" \
  "-H localhost:2" "-host localhost:2" "--hostfile hosts" "-machinefile hosts" "--stdin none" "--report-uri uri" "--personality ompi"; do
  # Open MPI 4 gives this one another meaning, and 5 has no other.
  [[ $options != --personality* || $version == 5 ]] || continue
  echo "localhost slots=2" >hosts
  # shellcheck disable=SC2086  # words
  expect 0 "rank 1 of 2" $options -n 2 "${hello[@]}"
  # shellcheck disable=SC2086
  expect 0 "rank 1 of 2" -n 2 $options "${hello[@]}"
done
# Where the ranks' words go differs.
expect 0 "!error" --output-filename "$place/said" -n 2 "${hello[@]}"
expect 0 "rank 1 of 2" --allow-run-as-root --tag-output -np 2 "${hello[@]}"
((version == 4)) || expect 0 "rank 1 of 2" --np=2 --timeout=50 "${hello[@]}"
# An unknown option is refused by Open MPI; its value is not taken for the program.
expect "$( ((version == 4)) && echo 1 || echo 213)" "nonsense" --nonsense 7 -n 2 "${hello[@]}"

# Every option that this mpirun has: those that it tells of, and those that launch/mpirun knows of. It says itself how
# many words belong to each; launch/mpirun then finds the program behind so many, and takes one more for the program.
mkdir stand-in
# shellcheck disable=SC2016
printf '%s\n' '#!/bin/sh' 'test "$1" != --version || { echo "mpirun (Open MPI) '"$version"'.0"; exit 0; }' \
  'echo "$@" >"'"$place"'/given"' >stand-in/mpirun
chmod +x stand-in/mpirun
told() {
  mpirun --help full 2>/dev/null | sed -n 's/^ *\(-[^ ]*\).*/\1/p' | tr '|' '\n'
  zcat -f "$bin"/../share/man/man1/mpirun*.1* 2>/dev/null | sed 's/\\-/-/g' | grep -oE -- '--[a-z][a-z-]+'
  sed -n '/^values_of()/,/^}/p' "$launch" | sed -n 's/^ *\(.*\)) say .*/\1/p' | tr -d ' ' | tr '|' '\n' |
    sed 's/^.$/-&/; t; s/^/--/'
}
# words_of OPTION: how many mpirun says it needs, or nothing where it has no such option. Version 5 crashes, with no word,
# where some lack theirs. Without a program it starts nothing.
words_of() {
  local count said some=()
  for count in 0 1 2; do
    said=$(OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 timeout 20 mpirun "$1" "${some[@]}" 2>&1 </dev/null | tr -d '\0' | tr '\n' ' ')
    case $said in
      *"nrecognized option"* | *"unknown option"*) return ;;
      '' | *"enough parameters"* | *"requires an argument"* | *"requires passing"*) some+=(1) ;;
      *) echo "$count" && return ;;
    esac
  done
}
known=0
while read -r option; do
  case $option in
    -h | --help | -V | --version) continue ;;
    --dvm) continue ;; # starts a machine of daemons under 4
  esac
  words=$(words_of "$option")
  [[ -n $words ]] || continue
  known=$((known + 1))
  arguments=("$option")
  for _ in $(seq "$words"); do arguments+=(1); done
  rm -f given
  if ! PATH=$place/stand-in:$PATH "$launch" "${arguments[@]}" true >output 2>&1 || [[ $(tail -n 1 given 2>/dev/null) != *"${arguments[*]} true" ]]; then
    echo "WRONG: $option takes $words words, says mpirun" && sed 's/^/    /' output
    bad=1
  fi
  case $option in
    *-wd | *-wdir | *-path | *-app) continue ;; # the program is not looked for
  esac
  if PATH=$place/stand-in:$PATH "$launch" "${arguments[@]}" 1 true >output 2>&1 || ! grep -q "no program 1 " output; then
    echo "WRONG: $option takes $words words, says mpirun, and launch/mpirun more" && sed 's/^/    /' output
    bad=1
  fi
done < <(told | sort -u)
if ((known > 80)); then
  echo "right: $known options of this mpirun"
else
  echo "WRONG: only $known options of this mpirun were found" && bad=1
fi
# One that is in no table: mpirun is asked. 5 takes shortened ones, 4 does not.
((version == 4)) || expect 0 "rank 1 of 2" --timeo 50 -n 2 "${hello[@]}"
((version == 4)) || expect 0 "rank 1 of 2" --tag-outp -n 2 "${hello[@]}"
expect 0 "rank 1 of 2" -n 2 -- "${hello[@]}"
# Placement by a parameter is placement.
expect 0 "rank 1 of 2" --mca "$( ((version == 4)) && echo rmaps_base || echo rmaps_default)_mapping_policy" slot -n 2 "${hello[@]}"

# More ranks than cores share them; as many as there are cores, or one, are distinguished from that.
cores=$(nproc)
expect 0 "rank $((cores + 1)) of $((cores + 2))" -n $((cores + 2)) "${hello[@]}"
expect 0 "rank 0 of 1" -n 1 "${hello[@]}"
expect 0 "rank 0 of" "${hello[@]}"
# shellcheck disable=SC2016
expect 0 "passive" -n $((cores + 2)) sh -c 'echo "waiting is $OMP_WAIT_POLICY"'

# Threads for each rank say nothing of cores for all.
# shellcheck disable=SC2016
OMP_NUM_THREADS=1 expect 0 "waiting is." -n "$cores" sh -c 'echo "waiting is$OMP_WAIT_POLICY."'
# Ranks stay on the processors that this may use.
# shellcheck disable=SC2016
if taskset -c 1 true 2>/dev/null; then
  printf '#!/bin/sh\nexec taskset -c 1 "%s" "$@"\n' "$launch" >on_one
  chmod +x on_one
  # shellcheck disable=SC2016
  launch=./on_one expect 0 "list: 1" -n 1 sh -c 'taskset -cp $$'
  # shellcheck disable=SC2016
  OMP_NUM_THREADS=8 launch=./on_one expect 0 "list: 1" -n 2 sh -c 'taskset -cp $$'
fi
# Several programs: mpirun places them, and its errors are seen. Debian 13's own, 5.0.7, crashes where it is given two.
if OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --oversubscribe -n 1 true : -n 1 true >output 2>&1; then
  expect 0 "rank 2 of 3" --oversubscribe -n 1 "${hello[@]}" : -n 2 "${hello[@]}"
  expect failure "an executable" -n 1 true : -n 1 "$place/nonesuch"
else
  echo "left out, for this mpirun itself cannot start two programs: $(tail -n 1 output)"
fi
# A program that mpirun finds where this does not.
cp "$(command -v env)" "$place/only_there"
expect 0 "OMPI_COMM_WORLD_SIZE=2" --path "$place" -n 2 only_there
expect 0 "OMPI_COMM_WORLD_SIZE=2" -wdir "$place" -n 2 ./only_there

# The program's exit codes, from any rank.
for code in 2 3 4 75; do
  # shellcheck disable=SC2016
  expect $code "!launch/mpirun: ended" -n 2 sh -c 'test "$OMPI_COMM_WORLD_RANK" = 0 || exit '$code
done
# The command that it then names says more, and can be pasted.
expect 9 "launch/mpirun: ended with 9; to see what Open MPI says of it: " -n 2 sh -c 'exit 9'
sh -c "$(sed -n 's/.*says of it: //p' output)" >again 2>&1 </dev/null
if (($? == 9)) && grep -q 'non-zero' again; then
  echo "right: the command that it names"
else
  echo "WRONG: the command that it names" && cat output again
  bad=1
fi
((version == 5)) || expect 3 "!Open MPI" -n 2 sh -c 'exit 3'
# The exit code is the program's even if Open MPI's explanation cannot be printed.
"$launch" -n 2 sh -c 'exit 9' 2>/dev/full </dev/null
if (($? == 9)); then
  echo "right: exit code 9 with nowhere to write"
else
  echo "WRONG: the exit code with nowhere to write" && bad=1
fi

# Ranks that read find nothing, and do not wait for it.
expect 0 "!error" -n 2 cat
expect 0 "!error" --stdin none -n 2 cat

# Through a link, and with copies of the script before mpirun in PATH, as where another tree is installed.
mkdir links
ln -s "$launch" links/mpirun
launch=links/mpirun expect 0 "rank 1 of 2" -n 2 "${hello[@]}"
for copy in one two; do cp -rL "$(dirname "$launch")" copy_$copy; done
PATH=$place/copy_one:$place/copy_two:$PATH launch=mpirun expect 0 "rank 1 of 2" -n 2 "${hello[@]}"

# What it cannot run.
expect 2 "no number of ranks" -n two "${hello[@]}"
expect 2 "no number of ranks" -n
expect 2 "no program" -n 2
expect 2 "no program $place/none" -n 2 "$place/none"
expect 2 "no program none" --oversubscribe -n 2 none
expect 2 "no program die" -n 2 die
expect 0 "Open MPI) $version." --version
expect 0 "Takes mpirun's own options" --help
if ((version == 4)); then expect 0 "bind-to" --help binding; else expect 0 "unknown option" --help nonsense; fi

mkdir other
printf '#!/bin/sh\necho "HYDRA build details:"\n' >other/mpirun
printf '#!/bin/sh\necho "mpirun (Open MPI) 3.1.6"\n' >other/old
chmod +x other/*
PATH=$place/other:$PATH expect 2 "says 'HYDRA build details:'" -n 2 "${hello[@]}"
printf '#!/bin/sh\necho "no home folder"\nexit 1\n' >other/mpirun
PATH=$place/other:$PATH expect 2 "this mpirun does not work ($place/other/mpirun --version fails: 'no home folder')" -n 2 "${hello[@]}"
mv other/old other/mpirun
PATH=$place/other:$PATH expect 2 "launch/mpirun knows Open MPI 4 and 5" -n 2 "${hello[@]}"

# Until the launcher has started something in a process group of its own, which is mpirun.
wait_for_child() {
  local _
  for _ in $(seq 1000); do
    if ps -o pid=,pgid= --ppid "$job" | awk '$1 == $2 { found = 1 } END { exit !found }'; then return; fi
    sleep 0.01
  done
}

# Until both ranks have left their sign, or for 20 s.
wait_for_ranks() {
  local _
  for _ in $(seq 200); do
    [[ ! -e ready.0 || ! -e ready.1 ]] || break
    sleep 0.1
  done
}

# A request to stop reaches every rank as SIGUSR1, and the ranks' exit code comes back; also one that comes early, when
# mpirun itself is not ready for it.
for signal in TERM HUP USR1 early; do
  rm -f ready.* asked.*
  # shellcheck disable=SC2016
  "$launch" -n 2 sh -c 'trap "echo yes >asked.$OMPI_COMM_WORLD_RANK; exit 75" USR1
    echo yes >ready.$OMPI_COMM_WORLD_RANK
    while :; do sleep 0.1; done' >output 2>&1 </dev/null &
  job=$!
  [[ $signal != early ]] || { wait_for_child && kill -s TERM $job && touch ready.0 ready.1; }
  wait_for_ranks
  [[ $signal == early ]] || kill -s "$signal" $job
  code=0
  wait $job || code=$?
  # The other rank may be ended before it has written, once the first has left with 75. One that was not ready either,
  # for the signal came early, is ended by it.
  if [[ $signal == early && $code == 138 ]] || { ((code == 75)) && compgen -G 'asked.*' >/dev/null; }; then
    echo "right: SIG$signal"
  else
    echo "WRONG: SIG$signal: ended with $code"
    sed 's/^/    /' output
    bad=1
  fi
done

# A second Ctrl-C ends ranks that do not listen, with 130. What a script starts in the background ignores SIGINT.
rm -f ready.*
# shellcheck disable=SC2016
env --default-signal=INT "$launch" -n 2 sh -c 'trap "" USR1; echo yes >ready.$OMPI_COMM_WORLD_RANK; exec sleep 60' >output 2>&1 </dev/null &
job=$!
wait_for_ranks
sleep 2 # beyond what launch/mpirun gives mpirun to get ready
kill -s INT $job
sleep 1
kill -s INT $job
code=0
wait $job || code=$?
if ((code == 130)) && ! grep -q 'launch/mpirun: ended' output; then
  echo "right: a second Ctrl-C"
else
  echo "WRONG: a second Ctrl-C: ended with $code" && sed 's/^/    /' output
  bad=1
fi
exit $bad
