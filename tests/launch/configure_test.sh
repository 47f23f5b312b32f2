#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What CMake says of libraries that cannot be used, or were never tried. The libraries are empty folders that call
# themselves so; nothing is compiled with them.
#
#   configure_test.sh CMAKE SOURCE ENVIRONMENT
set -uo pipefail
cmake=$1 source=$2 environment=$3
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
export CCACHE_DISABLE=1
unset HDF5_ROOT HDF5_DIR
bad=0

# configure RESULT OPTION...: a build tree of its own; RESULT is passes or fails.
configure() {
  local wanted=$1 found=passes
  shift
  rm -rf "$place/tree"
  "$cmake" -S "$source" -B "$place/tree" -G Ninja -DZEROGAP_CUDA=OFF -DZEROGAP_TESTS=OFF "-DZEROGAP_ENVIRONMENT=$environment" \
    "$@" >"$place/output" 2>&1 || found=fails
  [[ $found == "$wanted" ]] || wrong "the configuration $found"
}
wrong() {
  echo "WRONG: $1"
  tail -n 30 "$place/output"
  bad=1
}
# CMake breaks lines.
says() { tr -s ' \n' ' ' <"$place/output" | grep -qF -- "$1" && echo "right: it says '$1'" || wrong "it does not say '$1'"; }
says_not() { ! tr -s ' \n' ' ' <"$place/output" | grep -qF -- "$1" && echo "right: not '$1'" || wrong "it says '$1'"; }

# hdf5 VERSION LINE...: what find_package takes for an HDF5 that CMake built.
hdf5() {
  local folder=$place/hdf5-$1
  mkdir -p "$folder/include"
  printf '%s\n' "set(HDF5_VERSION $1)" "set(HDF5_VERSION_STRING $1)" "set(HDF5_INCLUDE_DIR \"$folder/include\")" \
    "set(HDF5_INCLUDE_DIRS \"$folder/include\")" "add_library(hdf5-shared SHARED IMPORTED)" \
    "set_target_properties(hdf5-shared PROPERTIES IMPORTED_LOCATION \"$folder/libhdf5.so\")" "${@:2}" >"$folder/hdf5-config.cmake"
  touch "$folder/libhdf5.so"
  printf '%s\n' "set(PACKAGE_VERSION $1)" "set(PACKAGE_VERSION_COMPATIBLE TRUE)" >"$folder/hdf5-config-version.cmake"
}

configure passes
says_not "never tried"

hdf5 1.8.21
configure fails "-DHDF5_DIR=$place/hdf5-1.8.21"
says "HDF5 1.8.21 is too old"
says "HDF5_ROOT"
# One that CMake built says of MPI what no CMake before 4.3 asks it, and has none here: it will do.
hdf5 2.0.0 "set(HDF5_PROVIDES_PARALLEL OFF)"
configure passes "-DHDF5_DIR=$place/hdf5-2.0.0"
says "HDF5 2.0.0"

mkdir "$place/mpi"
printf '#define OMPI_MAJOR_VERSION 3\n#define OMPI_MINOR_VERSION 1\n#define OMPI_RELEASE_VERSION 6\n' >"$place/mpi/mpi.h"
configure passes "-DZEROGAP_MPI_HEADER=$place/mpi/mpi.h"
says "Open MPI 3.1.6 was never tried"
printf '#define MPICH_VERSION "4.0"\n' >"$place/mpi/mpi.h"
configure passes "-DZEROGAP_MPI_HEADER=$place/mpi/mpi.h"
says "This MPI is not Open MPI"
says "start ranks with its own launcher"

torch=$place/torch/include/torch/csrc/api/include/torch
mkdir -p "$torch" "$place/torch/lib"
touch "$torch/torch.h" "$place/torch/lib/libtorch.so"
printf '#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 99\n#define TORCH_VERSION_PATCH 1\n' >"$torch/version.h"
configure passes "-DCMAKE_PREFIX_PATH=$place/torch"
says "LibTorch 2.99.1 was never tried"

# The architectures of CUDA are those of the machine's GPUs; there is a stand-in for what lists these.
mkdir "$place/bin"
smi() { printf '#!/bin/sh\n%s\n' "$1" >"$place/bin/nvidia-smi" && chmod +x "$place/bin/nvidia-smi"; }
PATH=$place/bin:$PATH
smi 'echo 8.0; echo 8.9; echo 8.0'
configure passes -DZEROGAP_CUDA=ON
if grep -q 'CUDA kernels for' "$place/output"; then
  says "CUDA kernels for 80;89"
  smi 'echo "NVIDIA-SMI has failed because it could not communicate with driver 580.95"; exit 9'
  configure passes -DZEROGAP_CUDA=ON
  says "CUDA kernels for 90"
  configure passes -DZEROGAP_CUDA=ON "-DCMAKE_CUDA_ARCHITECTURES=80-real;90"
  says "CUDA kernels for 80-real;90"
else
  echo "left out, for there is no CUDA compiler: architectures"
fi
exit $bad
