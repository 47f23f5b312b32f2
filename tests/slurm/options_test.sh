#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What slurm/sweep and slurm/submit make of options of sbatch and of names that are not plain; with a stand-in for sbatch,
# so that it needs no Slurm (names_test.sh has a real one).
#
#   options_test.sh NAME
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 1
bad=0
mkdir bin
# shellcheck disable=SC2016
printf '%s\n' '#!/bin/bash' 'printf "%s\n" "$@" >given' >bin/sbatch
chmod +x bin/sbatch
export PATH=$place/bin:$PATH

verdict() {
  [[ $1 == right ]] || bad=1
  echo "$1: $2"
  [[ $1 == right ]] || sed 's/^/    /' said
}

environment() { printf '%s\n' "source '$root/slurm/env/generic.sh'" "$@" >env.sh; }

# sweep EXPECTED OPTION...: the dry run of a sweep of 100 cells and 40,000 s says a line EXPECTED; !x: ends with 2 and says x.
sweep() {
  local expected=$1 status=0
  shift
  "$root/slurm/sweep" env.sh --name "${name:-s}" --out "${out:-o}" --cells 100 --seconds 40000 --dry-run "$@" -- s.yaml >said 2>&1 || status=$?
  if [[ $expected == !* ]]; then
    ((status == 2)) && grep -qF -- "${expected#!}" said && verdict right "refused: $*" || verdict WRONG "not refused with '${expected#!}' ($status): $*"
  else
    ((status == 0)) && grep -qxF -- "$expected" said && verdict right "$expected: $*" || verdict WRONG "no line '$expected' ($status): $*"
  fi
}

# submit EXPECTED OPTION...: sbatch is given these words after --signal; !x: as above.
submit() {
  local expected=$1 status=0
  shift
  : >given
  "$root/slurm/submit" env.sh "${script:-run}" "$@" -- c.yaml folder >said 2>&1 || status=$?
  if [[ $expected == !* ]]; then
    ((status == 2)) && grep -qF -- "${expected#!}" said && verdict right "refused: $*" || verdict WRONG "not refused with '${expected#!}' ($status): $*"
  else
    [[ $(sed -n '2,/\.sbatch$/p' given | sed '$d' | paste -sd '|') == "$expected" ]] && verdict right "$expected: $*" || verdict WRONG "'$(paste -sd '|' given)' for '$expected': $*"
  fi
}

# 40,000 s in tasks of 3600 s each, or of half their limit, less 120 s, if that is less.
environment
sweep "#SBATCH --array=0-11"
sweep "#SBATCH --array=0-47" --sbatch=--time=00:30:00
sweep "#SBATCH --time=30" --sbatch="-t 30"
for half_an_hour in "-t 30" -t30 "--time 30" --time=30 --time=30:00 --time=00:30:00 --time=0-00:30 "-t  030" '--time="30"' --time=0:029:60; do
  sweep "#SBATCH --array=0-47" --sbatch="$half_an_hour"
  environment "cluster_sbatch=(${half_an_hour@Q})"
  [[ $half_an_hour == *\"* ]] || sweep "#SBATCH --array=0-47"
  environment
done
environment "cluster_sbatch=(-t 30 --partition main -HQ)"
sweep "#SBATCH --array=0-47"
for line in --time=30 --partition=main --hold --quiet; do sweep "#SBATCH $line"; done
environment
# No limit at all: cluster_pack alone counts.
for none in 0 00:00 UNLIMITED unlimited INFINITE -1; do sweep "#SBATCH --array=0-11" --sbatch="--time=$none"; done
environment cluster_time=UNLIMITED
sweep "#SBATCH --array=0-11"
environment
for wrong in x 5.5 1: -5 1:2:3:4 1-2-3 ""; do sweep "!error: " --sbatch="--time=$wrong"; done
sweep "!tasks of 1 have no time to compute" --sbatch=-t1
environment cluster_time=soon
sweep "!the time limit 'soon' is not valid in Slurm"
environment
# The number of ranks, which is decimal in every form.
for eight in --ntasks=8 --ntasks=08 -n8 "-n 08" "--ntasks 8" --ntasks=0000008; do sweep "#SBATCH --array=0-1" --sbatch="$eight"; done
sweep "#SBATCH --array=0-1" --sbatch=--ntasks-per-node=04 --sbatch=-N2
sweep "#SBATCH --array=0-1" --sbatch=-N08
for wrong in 0 x 1.5 -1; do sweep "!--ntasks of sbatch is '$wrong'" --sbatch="--ntasks=$wrong"; done
environment cluster_at_once=08
sweep "#SBATCH --array=0-11%8"
environment cluster_tasks=09
sweep "#SBATCH --array=0-8"
environment cluster_margin=0120
sweep "#SBATCH --signal=B:USR1@120"
environment cluster_margin=two
sweep "!cluster_margin is 'two'"
environment
# What cannot be understood is refused in words.
sweep "!'30' is not an option of sbatch" --sbatch=30
sweep "!unknown option -Z of sbatch" --sbatch="-Z 3"
sweep "!two options of sbatch in one" --sbatch="--partition=a --qos=b"
sweep "!--requeue of sbatch stands alone" --sbatch="--requeue --exclusive"
sweep "!--tim of sbatch is not clear" --sbatch=--tim=30
sweep "!--qos of sbatch has no value" --sbatch=--qos
sweep "!--qos of sbatch has no value" --sbatch=--qos=
sweep "!unknown option --brand-new of sbatch" --sbatch=--brand-new --sbatch=3
sweep "!holds a line break" --sbatch=$'--comment=a\n#SBATCH --uid=0'
sweep "!a name holds a line break" --out $'a\nb'
sweep "!the folder's name has a backslash" --out 'a\b'
# What is not known is Slurm's to judge, a beginning is completed, and values stay as they are.
sweep "#SBATCH --brand-new=3" --sbatch=--brand-new=3
sweep "#SBATCH --partition=long" --sbatch=--part=long
sweep '#SBATCH "--comment=a -b \"c\" #d \\e $HOME"' --sbatch='--comment=a -b "c" #d \e $HOME'
sweep "#SBATCH --exclusive=user" --sbatch=--exclusive=user
sweep '#SBATCH "--constraint=a|b"' --sbatch='--constraint="a|b"'
sweep "#SBATCH --output=$place/o/slurm/%A_%a.out"
name="my \"best\" sweep" sweep '#SBATCH "--job-name=my \"best\" sweep"'
out="runs/issue #3" sweep "#SBATCH \"--output=$place/runs/issue #3/slurm/%A_%a.out\""
out="50%A" sweep "#SBATCH --output=$place/50%%A/slurm/%A_%a.out"
out="../$(basename "$place")/x/./y" sweep "#SBATCH --output=$place/x/y/slurm/%A_%a.out"
out="it's" name="a b" sweep "zerogap_job $place/env.sh $place/it\\'s sweep s.yaml"
cp said script && sed -i '/^slurm: /d' script && bash -n script && verdict right "the script is one" || verdict WRONG "the script is none"
sweep "export ZEROGAP_ROOT=$(printf %q "$root") ZEROGAP_FOLDER=$place"
# The user's environment stands over a script, and not over this one.
printf '%s\n' '#!/bin/bash' 'env | grep ^SBATCH_ >given' >bin/sbatch
SBATCH_TIMELIMIT=1 SBATCH_ACCOUNT=me "$root/slurm/sweep" env.sh --name s --out o --cells 1 --seconds 1 -- s.yaml >said 2>&1
[[ $(cat given) == SBATCH_ACCOUNT=me ]] && verdict right "SBATCH_TIMELIMIT does not stand over the script" || verdict WRONG "sbatch sees $(cat given)"

# shellcheck disable=SC2016
printf '%s\n' '#!/bin/bash' 'printf "%s\n" "$@" >given' >bin/sbatch
submit "--nodes=4|--time=30|--parsable" -N 4 -t30 --parsable
submit "--comment=a  b|--exclusive" "--comment=a  b" --exclusive
submit "!'30' is not an option of sbatch" 30
environment cluster_gpus=4
submit "--gpus-per-node=4|--ntasks-per-node=4|--ntasks=8"
submit "--gpus-per-node=4|--ntasks-per-node=4|--ntasks=8|--nodes=02" -N02
submit "--gpus-per-node=4|--ntasks-per-node=4|--ntasks=6|--nodes=3|--ntasks-per-node=02" -N 3 --ntasks-per-node 02
submit "--gpus-per-node=4|--ntasks-per-node=4|--ntasks=5" -n5
submit "!the number of ranks is not determined" --nodes=1-4
exit $bad
