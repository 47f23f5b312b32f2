# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Reads options of sbatch; sourced by slurm/submit and slurm/sweep, never run.

# Long options of sbatch (22.05 to 24.11) and their letters. An option in neither list is passed on unchanged.
declare -A SBATCH_LETTERS=([A]=account [a]=array [b]=begin [D]=chdir [M]=clusters [C]=constraint [S]=core-spec
  [c]=cpus-per-task [d]=dependency [m]=distribution [e]=error [x]=exclude [B]=extra-node-info [G]=gpus [h]=help [H]=hold
  [i]=input [J]=job-name [L]=licenses [k]=no-kill [F]=nodefile [w]=nodelist [N]=nodes [n]=ntasks [o]=output [O]=overcommit
  [s]=oversubscribe [p]=partition [q]=qos [Q]=quiet [t]=time [v]=verbose [V]=version [W]=wait)
# Options without a value, or with a value only after =.
SBATCH_FLAGS=" contiguous exclusive get-user-env help hold ignore-pbs nice no-kill no-requeue overcommit oversubscribe \
parsable propagate quiet reboot requeue resv-ports share spread-job stepmgr test-only usage use-min-nodes verbose version wait "
SBATCH_VALUES=" account acctg-freq array batch bb bbf begin chdir cluster-constraint clusters comment constraint container \
container-id core-spec cores-per-socket cpu-freq cpus-per-gpu cpus-per-task deadline delay-boot dependency distribution error \
exclude export export-file extra extra-node-info gid gpu-bind gpu-freq gpus gpus-per-node gpus-per-socket gpus-per-task gres \
gres-flags hint input job-name kill-on-invalid-dep licenses mail-type mail-user mcs-label mem mem-bind mem-per-cpu \
mem-per-gpu mincpus network nodefile nodelist nodes ntasks ntasks-per-core ntasks-per-gpu ntasks-per-node ntasks-per-socket \
open-mode output partition power prefer priority profile qos reservation segment signal sockets-per-node switches thread-spec \
threads-per-core time time-min tmp tres-bind tres-per-task uid wait-all-nodes wckey wrap "

# long_name NAME: the option NAME, or the only option that begins with NAME.
long_name() {
  local found=()
  [[ $SBATCH_FLAGS$SBATCH_VALUES != *" $1 "* ]] || { say "$1" && return; }
  read -ra found < <(compgen -W "$SBATCH_FLAGS$SBATCH_VALUES" -- "$1" | xargs)
  ((${#found[@]} < 2)) || refuse "--$1 of sbatch is not clear" "it may be --$(sed 's/ / or --/g' <<<"${found[*]}")" "write it out"
  say "${found[0]:-$1}"
}

# read_options WHENCE WORD...: sets `given`, each option as --NAME or --NAME=VALUE. A word is one of the command line
# or, as with --sbatch="-t 30", an option with its value; everything after = is the value.
read_options() {
  local whence=$1 word name value
  shift
  given=()
  while (($#)); do
    word=$1
    shift
    [[ $word != *[[:cntrl:]]* ]] || refuse "an option of sbatch holds a line break or a tab" "${word@Q} in $whence" "take it out"
    value=
    case $word in
      --?*)
        word=${word#--}
        name=${word%%[= ]*}
        value=${word#"$name"}
        ;;
      -[!-]*)
        name=${SBATCH_LETTERS[${word:1:1}]:-}
        [[ -n $name ]] || refuse "unknown option ${word:0:2} of sbatch" "'$word' in $whence" "write the long form, as --time=01:00:00"
        value=${word:2}
        # Letters without values may be combined.
        if [[ -n $value && $SBATCH_FLAGS == *" $name "* && $name != no-kill ]]; then
          set -- "-$value" "$@"
          value=
        elif [[ -n $value ]]; then
          value=" $value"
        fi
        ;;
      *) refuse "'$word' is not an option of sbatch" "in $whence an option or its value is expected" "write it as --time=01:00:00" ;;
    esac
    name=$(long_name "$name")
    if [[ $value == ' '* ]]; then
      value="=${value#"${value%%[! ]*}"}"
      [[ $SBATCH_FLAGS != *" $name "* || $name == no-kill ]] ||
        refuse "--$name of sbatch stands alone" "'${value#=}' follows it in $whence" "give each option by itself"
    elif [[ -z $value && $SBATCH_VALUES == *" $name "* ]]; then
      (($#)) || refuse "--$name of sbatch has no value" "nothing follows it in $whence" "write --$name=VALUE"
      value="=$1"
      shift
    elif [[ -z $value && $SBATCH_FLAGS != *" $name "* && ${1:--} != -* ]]; then
      refuse "unknown option --$name of sbatch" "whether '$1' is its value is not known" "write --$name=VALUE"
    fi
    # Quotes around the value, for use in a script.
    [[ $whence != --sbatch || ! $value =~ ^=(\"[^\"]*\"|\'[^\']*\')$ ]] || value="=${value:2:${#value}-3}"
    [[ $name == @(comment|job-name|wrap|chdir|container|error|export|input|nodefile|output) || ! $value =~ \ --?[[:alpha:]] ]] ||
      refuse "two options of sbatch in one" "'--$name$value' in $whence" "give each by itself, as --sbatch=A --sbatch=B"
    [[ -n ${value#=} || $SBATCH_VALUES != *" $name "* ]] || refuse "--$name of sbatch has no value" "it is empty in $whence" "give it one"
    given+=("--$name$value")
  done
}

# value_of NAME OPTION...: the value of the last --NAME=VALUE among the options of read_options, or nothing.
value_of() {
  local name=$1 each value=
  shift
  for each in "$@"; do [[ $each != "--$name="* ]] || value=${each#*=}; done
  say "$value"
}

# number_of NAME OPTION...: the same as a number, or nothing. Slurm reads 08 as eight.
number_of() {
  local value
  value=$(value_of "$@")
  [[ -n $value ]] || return 0
  [[ $value =~ ^0*[1-9][0-9]{0,8}$ ]] || refuse "--$1 of sbatch is '$value'" "a positive whole number is expected" "correct it"
  say "$((10#$value))"
}

# seconds_of LIMIT: of Slurm's MINUTES, MINUTES:SECONDS, HOURS:MINUTES:SECONDS, DAYS-HOURS[:MINUTES[:SECONDS]]; none for
# an unlimited time: 0, UNLIMITED, INFINITE or -1.
seconds_of() {
  local days=0 part=() seconds
  case ${1,,} in
    unlimited | infinite | -1) say none && return ;;
  esac
  [[ $1 =~ ^[0-9]{1,8}(:[0-9]{1,8}){0,2}$|^[0-9]{1,8}-[0-9]{1,8}(:[0-9]{1,8}){0,2}$ ]] ||
    refuse "the time limit '$1' is not valid in Slurm" "MINUTES, HOURS:MINUTES:SECONDS, DAYS-HOURS or UNLIMITED is expected" \
      "correct cluster_time or --time"
  IFS=: read -ra part <<<"${1#*-}"
  part+=(0 0)
  if [[ $1 == *-* ]]; then
    days=${1%%-*}
  elif [[ $1 != *:*:* ]]; then
    part=(0 "${part[@]}")
  fi
  seconds=$((10#$days * 86400 + 10#${part[0]} * 3600 + 10#${part[1]} * 60 + 10#${part[2]}))
  if ((seconds)); then say "$seconds"; else say none; fi
}

# directive OPTION: a line for sbatch, which splits at blanks and #, except in quotes.
directive() {
  local option=$1
  if [[ $option =~ [^[:alnum:]_./:,=@%+*-] ]]; then
    option=${option//\\/\\\\}
    option="\"${option//\"/\\\"}\""
  fi
  say "#SBATCH $option"
}

# pattern_of PATH: escaped for sbatch's --output.
pattern_of() {
  [[ $1 != *\\* ]] || refuse "the folder's name has a backslash" "$1: Slurm fills in no job's number behind one" "give a folder without"
  say "${1//%/%%}"
}
