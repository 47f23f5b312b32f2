#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A bundle of this build (launch/bundle): how it is made, and what its programs do where there is nothing else but bash,
# coreutils, glibc, the C++ runtime and PyPI's wheel: in a root of its own, with namespaces for mounts and processes.
#
#   bundle_test.sh NAME BUILD
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
name=$1 build=$(realpath "$2")
source=$here/../..
bundle=$source/launch/bundle

skip() { echo "SKIPPED $name: $1" && exit 77; }
((EUID == 0)) || skip "needs root, to make a root folder of its own"
for program in unshare chroot mount strip readelf; do
  type -P "$program" >/dev/null || skip "needs $program"
done
unshare --mount --pid --fork mount -t tmpfs none /mnt 2>/dev/null || skip "needs the right to make namespaces and to mount"
! grep -q '^ZEROGAP_SANITIZE:BOOL=ON' "$build/CMakeCache.txt" || skip "this build has the sanitizers, and is not for other hosts"
"$build/zerogap" --version | grep -q '^Open MPI  *4\.' || skip "needs a build with Open MPI 4"
torch=$(ldd "$build/lib/zerogap/libzerogap_torch.so" | sed -n 's/.*libtorch_cpu.so => \(.*\) (0x.*/\1/p')
torch=$(realpath "$(dirname "$torch")/..")
[[ -f $torch/version.py ]] || skip "needs LibTorch from PyPI's wheel, which comes with a CUDA toolkit (launch/setup)"

unset ZEROGAP_TORCH ZEROGAP_PYTHON ZEROGAP_PROGRAM ZEROGAP_DATA_DIR SLURM_JOB_ID LD_LIBRARY_PATH DESTDIR
export OMP_WAIT_POLICY=passive LC_ALL=C
place=$(mktemp -d "${TMPDIR:-/var/tmp}/zerogap-bundle.XXXXXX")
running=
# shellcheck disable=SC2317  # called by the traps
clean_up() {
  if [[ -n $running ]] && kill -KILL "$running" 2>/dev/null; then wait "$running" 2>/dev/null; fi
  rm -rf --one-file-system "$place"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
chmod 755 "$place"
cd "$place" || exit 1
bad=0

wrong() {
  echo "WRONG: $1"
  bad=1
  [[ ! -e output ]] || sed 's/^/    /' output
}

# expect CODE TEXT COMMAND...: it ends with CODE and says TEXT; of an error one line, with what to do.
expect() {
  local code=$1 text=$2 found=0
  shift 2
  "$@" >output 2>&1 </dev/null || found=$?
  if ((found != code)); then
    wrong "ended with $found, expected $code: $*"
  elif ! grep -qF -- "$text" output; then
    wrong "does not say '$text': $*"
  elif [[ $text == error:* && ! $(cat output) =~ ^error:\ .*\ \(.*\)\;\ [^$'\n']*$ ]]; then
    wrong "more or less than a line: $*"
  else
    echo "right: $text"
  fi
}

same() { # same WHAT ONE OTHER
  if cmp -s "$2" "$3"; then echo "right: $1"; else wrong "$1: $2 and $3 differ"; fi
}

# --- What cannot be made, and that nothing is left of it.
mkdir mine && echo kept >mine/file
expect 2 "error: $place/mine is not replaced" "$bundle" mine --build "$build"
expect 2 "error: no folder" "$bundle" --build "$build"
expect 2 "error: unknown option --nonsense" "$bundle" a --nonsense
expect 2 "error: no build" "$bundle" a --build mine
expect 2 "error: no program mine/file" "$bundle" a mine/file --build "$build"
expect 2 "error: two programs zerogap" "$bundle" a "$build/zerogap" --build "$build"
expect 2 "error: no bundle can be made at $place/a:b" "$bundle" a:b --build "$build"
expect 1 "error: no folder next to /proc/a" "$bundle" /proc/a --build "$build"
mkdir without && for file in /usr/bin/*; do [[ ${file##*/} == *strip* ]] || ln -s "$file" without/; done
expect 1 "error: no strip" env PATH="$place/without" "$bundle" a --build "$build"
# A program that loads a library which has gone.
echo 'int gone(void) { return 0; }' >gone.c
echo 'int gone(void); int main(void) { return gone(); }' >needs_gone.c
cc -shared -fPIC -o libgone.so gone.c && cc -o needs_gone needs_gone.c -L. -lgone && rm libgone.so
expect 1 "error: needs_gone cannot be carried (libgone.so" "$bundle" a needs_gone --build "$build"
[[ $(cat mine/file) == kept && $(echo a* mine*) == "a* mine" ]] || wrong "left behind: $(echo a* mine*)"

# --- One is made: into a folder that is there and empty, named from here, with more programs. One has no place for where
# libraries are, and loads one that has to be carried; one loads none.
mkdir "made here"
cc -o own_gone needs_gone.c gone.c
cc -shared -fPIC -o libgone.so gone.c
expect 0 "bundle: $place/made here" env LD_LIBRARY_PATH="$place" "$bundle" "made here" needs_gone own_gone --build "$build"
tail -n 4 output
[[ -z $(find "made here" -type l) ]] || wrong "links, which not every copy keeps: $(find "made here" -type l)"
[[ -z $(find . -maxdepth 1 -name '*.part.*') ]] || wrong "left behind: $(echo ./*.part.*)"
if grep -raqF -e "$place/made here" -e "$build/" "made here/bin" "made here/lib"; then
  wrong "names this machine's folders: $(grep -ralF -e "$place/made here" -e "$build/" "made here/bin" "made here/lib")"
fi

# Interrupted, another one leaves it as it is.
cp "made here/bundle.txt" before
touch "made here/mark"
"$bundle" "made here" --build "$build" >output 2>&1 &
running=$!
for ((i = 0; i < 600; ++i)); do ! compgen -G "made here.part.*/lib/zerogap/*" >/dev/null || break; sleep 0.1; done
kill -TERM "$running"
code=0
wait "$running" || code=$?
running=
((code == 143)) && [[ -e "made here/mark" && $(echo made*) == "made here" ]] || wrong "interrupted: ended with $code, there is $(echo made*)"
same "interrupted, the earlier bundle is as it was" before "made here/bundle.txt"

# --- A root with nothing in it.
root=$place/root
mkdir -p "$root"/{usr/bin,lib64,etc,proc,sys,dev/shm,tmp,home,opt,empty} "$root"/{wheel/torch,python/lib}
ln -s usr/bin "$root/bin"
ln -s /proc/self/fd "$root/dev/fd"
touch "$root"/dev/{null,zero,urandom}
chmod 1777 "$root/tmp" "$root/home"
libc=$(ldd /bin/bash | sed -n 's/.*libc.so.6 => \(.*\) (0x.*/\1/p')
lib=$(dirname "$libc")
mkdir -p "$root$lib"
# place_libraries FILE PATTERN: puts those that it loads where the loader looks, under their own names.
place_libraries() {
  local file path
  while IFS=$'\t' read -r file path; do
    [[ $file =~ ^($2)\.so ]] || continue
    cp -L "$path" "$root$lib/$(basename "$(realpath "$path")")"
    [[ -e $root$lib/$file ]] || ln -s "$(basename "$(realpath "$path")")" "$root$lib/$file"
  done < <(ldd "$1" | sed -n 's/^\t\(.*\) => \(\/.*\) (0x.*)$/\1\t\2/p')
}
for program in bash getconf basename cat chmod cp cut date df dirname env head ln ls mkdir mktemp mv nproc readlink realpath rm rmdir sha256sum sleep \
  sort stat tail tee timeout touch tr true uname wc; do
  path=$(type -P "$program") && cp -L "$path" "$root/bin/" && place_libraries "$path" '.*'
done
cp -L "$(readelf -l /bin/bash | sed -n 's/.*interpreter: \(.*\)\]/\1/p')" "$root/lib64/"
for file in "$build/zerogap" "$build/lib/zerogap/libzerogap_torch.so"; do
  place_libraries "$file" 'libc|libm|libdl|libpthread|librt|libutil|libresolv|libmvec|libstdc\+\+|libgcc_s'
done
# Packages that pip installs with torch; here they may come from the toolkit (launch/setup).
mkdir -p "$root/wheel/nvidia/cu13/lib"
ldd "$build/lib/zerogap/libzerogap_torch.so" | sed -n 's/^\tlibcu.* => \(\/.*\) (0x.*)$/\1/p' | grep -v libcurl | xargs -r cp -L -t "$root/wheel/nvidia/cu13/lib"
# A Python with its library and the wheel, whose own libraries only it finds.
python=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')
version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
mkdir -p "$root/python/bin" "$root/python/own" "$root/python/lib/$version"
cp -L "$python" "$root/python/bin/python3"
ldd "$python" | sed -n 's/.* => \(\/.*\) (0x.*)$/\1/p' | xargs -r cp -L -t "$root/python/own"
cat >"$root/python/python3" <<'END'
#!/bin/bash
LD_LIBRARY_PATH=/python/own PYTHONHOME=/python PYTHONPATH=/wheel exec /python/bin/python3 "$@"
END
chmod +x "$root/python/python3"
# The bundle in another, read-only place, and a copy for changes.
mv "made here" "$root/opt/the bundle"
cp -a "$root/opt/the bundle" "$root/opt/changed"
ln -s "/opt/the bundle/run" "$root/home/zg"
[[ -z $(find "$root" -name '*mpi*' -not -path "$root/opt/*") && -z $(find "$root" -name '*hdf5*' -not -path "$root/opt/*") ]] || wrong "the root has MPI or HDF5 of its own"

# inside COMMAND...: runs it there, as the user `who`, with the folder $shm as /dev/shm, and nothing in the environment
# but what `settings` says.
who=0:0
shm=1
settings=(ZEROGAP_TORCH=/wheel/torch)
inside() {
  # shellcheck disable=SC2016  # expanded by the inner shell
  timeout 120 unshare --mount --pid --fork --kill-child=KILL sh -euc '
    root=$0 torch=$1 python=$2 shm=$3 who=$4
    shift 4
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind -o ro /sys "$root/sys"
    for file in null zero urandom; do mount --bind "/dev/$file" "$root/dev/$file"; done
    if [ "$shm" = 1 ]; then mount -t tmpfs -o mode=1777 shm "$root/dev/shm"; else chmod 755 "$root/dev/shm"; rmdir "$root/dev/shm"; fi
    for pair in "$torch:wheel/torch" "$python:python/lib/${python##*/}" "$root/opt/the bundle:opt/the bundle"; do
      mount --bind "${pair%%:*}" "$root/${pair##*:}"
      mount -o remount,ro,bind "$root/${pair##*:}"
    done
    status=0
    chroot --userspec="$who" "$root" /bin/env -i -C /home PATH=/bin HOME=/home OMP_WAIT_POLICY=passive "$@" || status=$?
    mkdir -p "$root/dev/shm"
    exit $status' \
    "$root" "$torch" "$(dirname "$("$python" -c 'import os; print(os.__file__)')")" "$shm" "$who" "${settings[@]}" "$@"
}
run="/opt/the bundle/run"
digits="/opt/the bundle/configs/smoke/digits.yaml"
short=(--set optimizer.epochs=30 --set run.backend=cpu)
rule=(--set optimizer.name=asgd --set optimizer.lr=1e-7)

# --- What works there.
expect 2 "Runs zerogap on a host" inside "$run"
expect 0 "Runs zerogap on a host" inside "$run" --help
expect 0 "LibTorch" inside "$run" zerogap --version
expect 0 "no NVIDIA driver on this host" inside "$run" zerogap doctor
expect 0 "LibTorch" inside /home/zg zerogap --version
expect 0 "Options" inside "$run" zerogap train --help
settings=(PATH=/bin:/python)
expect 0 "LibTorch" inside "$run" zerogap --version
settings=(ZEROGAP_PYTHON=/python/python3)
expect 0 "LibTorch" inside "$run" zerogap --version
settings=(ZEROGAP_TORCH=/wheel/torch)
for program in needs_gone own_gone; do
  if inside "$run" "$program" >output 2>&1; then echo "right: $program"; else wrong "$program"; fi
done

expect 0 "dual        objective" "$build/zerogap" train "$source/configs/smoke/digits.yaml" "${short[@]}" --out "$root/home/outside"
expect 0 "ranks       1 as" inside "$run" zerogap train "$digits" "${short[@]}" --out one
expect 0 "ranks       2 as" inside "$run" mpirun -n 2 zerogap train "$digits" "${short[@]}" --out two
who=1000:1000
expect 0 "ranks       2 as" inside /home/zg mpirun -n 2 zerogap train "$digits" "${short[@]}" --out user
who=0:0
shm=0
expect 0 "ranks       2 as" inside "$run" mpirun -n 2 zerogap train "$digits" "${short[@]}" --out small
! grep -iE 'shm|open mpi|error|warn' output || wrong "it says something without /dev/shm"
shm=1
expect 0 "ranks       2 as" inside /bin/bash -c 'mv /opt/changed /home/moved && /home/moved/run mpirun -n 2 zerogap train /home/moved/configs/smoke/digits.yaml "$@" --out from_moved; s=$?; mv /home/moved /opt/changed; exit $s' - "${short[@]}"
# A stand-in for ssh to another host: what it starts finds nothing of this one's environment.
printf '#!/bin/bash\necho "$@" >/home/agent_was_here\nshift\nexec env -i HOME=/home PATH=/bin bash -c "$*"\n' >"$root/home/agent"
chmod +x "$root/home/agent"
settings+=(OMPI_MCA_plm_rsh_agent=/home/agent)
expect 0 "ranks       2 as" inside /opt/changed/run mpirun -H "$(uname -n):1,other:1" -n 2 zerogap train "$digits" "${short[@]}" --out /home/hosts
[[ -s $root/home/agent_was_here ]] || wrong "no daemon was started on the other host"
settings=(ZEROGAP_TORCH=/wheel/torch)
for run_folder in outside one two user small from_moved hosts; do
  "$build/zerogap" export "$root/home/$run_folder" --format npz --out "$run_folder.npz" >output 2>&1 || wrong "no network in $run_folder"
  grep -E '"(objective|lower_bound|gap|psnr|train_hash)"' "$root/home/$run_folder/result.json" >"$run_folder.numbers"
  same "the network's bits, $run_folder" outside.npz "$run_folder.npz"
  same "the result's numbers, $run_folder" outside.numbers "$run_folder.numbers"
done
[[ $(wc -l <outside.numbers) -gt 5 && -s outside.npz ]] || wrong "nothing was compared"

expect 0 "8 of 8 cells are finished" inside "$run" zerogap sweep "/opt/the bundle/configs/sweep/smoke.yaml" --out sweep --set run.networks=[primal] "${short[@]}"
expect 3 "error: no Python with matplotlib" inside "$run" zerogap report one --out report
# The program's exit codes, and a signal that becomes a checkpoint.
expect 2 "cannot read" inside "$run" zerogap train /home/none.yaml
expect 2 "cannot read" inside "$run" mpirun -n 2 zerogap train /home/none.yaml
# shellcheck disable=SC2016  # expanded by the inner shell
expect 75 "checkpoint" inside /bin/bash -c '"$0" mpirun -n 2 zerogap train "$1" --set optimizer.epochs=1000000 --out stopped & sleep 6; kill -TERM $!; wait $!' "$run" "$digits"

# --- LibTorch is opened by what needs it alone, and by nothing else.
exported=(zerogap export one --format torchscript --out exported.pt)
expect 0 "ranks       2 as" inside "$run" mpirun -n 2 zerogap train "$digits" "${short[@]}" "${rule[@]}" --out asgd
expect 0 "written  exported.pt (torchscript)" inside "$run" "${exported[@]}"
rm "$root/home/exported.pt"
settings=()
expect 0 "ranks       2 as" inside "$run" mpirun -n 2 zerogap train "$digits" "${short[@]}" --out without
expect 4 "error: cannot load LibTorch, which asgd, svrg and TorchScript need (libtorch_cpu.so" inside "$run" "${exported[@]}"
expect 4 "pip install torch==$(sed -n 's/^torch //p' "$root/opt/changed/bundle.txt") and set ZEROGAP_TORCH" inside "$run" zerogap train "$digits" "${rule[@]}" --out no_asgd
settings=(ZEROGAP_TORCH=/wheel/torch)

# --- What does not, in a line each.
changed=/opt/changed/run
record=$root/opt/changed/bundle.txt
cp "$record" record
with() { # with KEY VALUE: the changed bundle's record says so
  sed "s|^$1 .*|$1 $2|" record >"$record"
}
expect 2 "error: no program none" inside "$run" none
expect 2 "error: unknown option -n" inside "$run" -n 2 zerogap
expect 2 "error: no program none" inside "$run" mpirun -n 2 none
settings=(ZEROGAP_TORCH=/empty)
expect 2 "error: no PyTorch in /empty" inside "$run" zerogap --version
for folder in /wheel /wheel/torch/lib; do
  settings=("ZEROGAP_TORCH=$folder")
  expect 2 "set ZEROGAP_TORCH to /wheel/torch" inside "$run" zerogap --version
done
settings=(ZEROGAP_TORCH=/wheel/torch)
expect 2 "error: no ranks on other hosts from here (there is a space in" inside "$run" mpirun -H other:1 -n 1 zerogap --version
with torch 2.6.0
# Of another version it is as good as none, unless it was named.
settings=(ZEROGAP_PYTHON=/python/python3)
expect 0 "LibTorch" inside "$changed" zerogap --version
expect 4 "pip install torch==2.6.0 and set ZEROGAP_TORCH" inside "$changed" "${exported[@]}"
settings=(ZEROGAP_TORCH=/wheel/torch)
expect 2 "error: this is another PyTorch (2.11.0 in /wheel/torch; this bundle is linked with 2.6.0); pip install torch==2.6.0" inside "$changed" zerogap --version
with torch_libraries "libc10.so libtorch_other.so"
expect 2 "error: this PyTorch is incomplete (there is no /wheel/torch/lib/libtorch_other.so)" inside "$changed" zerogap --version
with machine riscv64
expect 2 "error: this host cannot run these programs (it is $(uname -m), they are for riscv64)" inside "$changed" zerogap --version
with glibc 2.999
expect 2 "error: this host's glibc is too old" inside "$changed" zerogap --version
with libstdcxx 3.4.999
expect 2 "error: this host's C++ runtime or glibc is too old (no GLIBCXX_3.4.999 in $lib/libstdc++.so.6" inside "$changed" zerogap --version
rm "$record"
expect 2 "error: this bundle is incomplete" inside "$changed" zerogap --version
cp record "$record"
expect 0 "LibTorch" inside "$changed" zerogap --version
mv "$root/opt/changed" "$root/opt/a:b"
expect 2 "error: nothing can be started from /opt/a:b" inside "/opt/a:b/run" zerogap --version
mv "$root$lib/libstdc++.so.6" moved_library
expect 2 "error: libraries are missing (libstdc++.so.6)" inside "$run" zerogap --version
mv moved_library "$root$lib/libstdc++.so.6"
if compgen -G "$root/wheel/nvidia/cu13/lib/libcudart*" >/dev/null; then
  mv "$root/wheel/nvidia" "$root/wheel/gone"
  expect 4 "error: cannot load LibTorch, which asgd, svrg and TorchScript need (libcu" inside "$run" "${exported[@]}"
  mv "$root/wheel/gone" "$root/wheel/nvidia"
  # No GPU is zerogap's to say.
  expect 4 "error: " inside "$run" zerogap train "$digits" --set run.backend=cuda --out gpu
else
  echo "left out, for this LibTorch loads nothing of CUDA: a wheel without its companions"
fi
exit $bad
