# SPDX-License-Identifier: Apache-2.0
# All dependencies except LibTorch, and the versions that build_info.cpp.in records. Everything that zerogap's libraries
# are linked with is also listed in zerogapConfig.cmake.in.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(MPI REQUIRED COMPONENTS C)

# With or without MPI of its own: ranks write their rows themselves (checkpoint/writer.cpp).
find_package(HDF5 REQUIRED COMPONENTS C)
if(HDF5_VERSION VERSION_LESS 1.10.7 OR HDF5_VERSION VERSION_EQUAL 1.12.0)
  message(FATAL_ERROR "HDF5 ${HDF5_VERSION} is too old (it has no H5Pset_file_locking, which 1.10.7 and 1.12.1 have); "
                      "load another module, or name another one's folder in HDF5_ROOT")
endif()

include(libraries)

# Sets `result` to the numbers that `header` defines under the given names, joined by dots.
function(zerogap_header_version result header)
  set(version "")
  file(STRINGS "${header}" lines REGEX "^#[ ]*define")
  foreach(name IN LISTS ARGN)
    if("${lines}" MATCHES "define[ \t]+${name}[ \t]+([0-9]+)")
      list(APPEND version "${CMAKE_MATCH_1}")
    endif()
  endforeach()
  list(JOIN version "." version)
  set(${result} "${version}" PARENT_SCOPE)
endfunction()

find_file(ZEROGAP_MPI_HEADER mpi.h PATHS ${MPI_C_INCLUDE_DIRS} NO_DEFAULT_PATH)
zerogap_header_version(ZEROGAP_MPI_VERSION "${ZEROGAP_MPI_HEADER}" OMPI_MAJOR_VERSION OMPI_MINOR_VERSION
                       OMPI_RELEASE_VERSION)
if(ZEROGAP_MPI_VERSION STREQUAL "")
  set(ZEROGAP_MPI_VERSION "unknown (not Open MPI)")
  message(WARNING "This MPI is not Open MPI (${ZEROGAP_MPI_HEADER}), and zerogap was tried with Open MPI 4 and 5 only. "
                  "Going on with it; launch/mpirun will not know its mpirun, so start ranks with its own launcher.")
elseif(ZEROGAP_MPI_VERSION VERSION_LESS 4 OR ZEROGAP_MPI_VERSION VERSION_GREATER_EQUAL 6)
  message(WARNING "Open MPI ${ZEROGAP_MPI_VERSION} was never tried (4 and 5 were); going on with it.")
endif()
set(ZEROGAP_HDF5_VERSION "${HDF5_VERSION}")

set(ZEROGAP_CUDA_VERSION none)
set(ZEROGAP_NCCL_VERSION none)
if(ZEROGAP_CUDA)
  find_package(CUDAToolkit QUIET)
  if(CUDAToolkit_FOUND)
    set(ZEROGAP_CUDA_VERSION "${CUDAToolkit_VERSION}")
    find_file(ZEROGAP_NCCL_HEADER nccl.h HINTS ${CUDAToolkit_INCLUDE_DIRS})
    if(ZEROGAP_NCCL_HEADER)
      zerogap_header_version(ZEROGAP_NCCL_VERSION "${ZEROGAP_NCCL_HEADER}" NCCL_MAJOR NCCL_MINOR NCCL_PATCH)
    endif()
  endif()
endif()
message(STATUS "Open MPI ${ZEROGAP_MPI_VERSION}, HDF5 ${ZEROGAP_HDF5_VERSION}, CUDA ${ZEROGAP_CUDA_VERSION}, "
               "NCCL ${ZEROGAP_NCCL_VERSION}")
