# SPDX-License-Identifier: Apache-2.0
# Imported targets of libraries that come without a CMake package, under the names by which src/CMakeLists.txt links
# them. Installed next to zerogapConfig.cmake, which makes the same targets for programs that use zerogap's libraries;
# expects that MPI and HDF5 were found.

# Defines zerogap::<name> as an imported target of one header and, if named, one library.
function(zerogap_import name header library)
  if(TARGET zerogap::${name})
    return()
  endif()
  find_path(ZEROGAP_${name}_INCLUDE "${header}" REQUIRED)
  add_library(zerogap::${name} INTERFACE IMPORTED GLOBAL)
  target_include_directories(zerogap::${name} SYSTEM INTERFACE "${ZEROGAP_${name}_INCLUDE}")
  if(library)
    find_library(ZEROGAP_${name}_LIBRARY "${library}" REQUIRED)
    target_link_libraries(zerogap::${name} INTERFACE "${ZEROGAP_${name}_LIBRARY}")
  endif()
endfunction()

zerogap_import(xxhash xxhash.h xxhash)
zerogap_import(highway hwy/highway.h hwy)

# The C interface only, wrapped in zerogap's own classes.
if(NOT TARGET zerogap::mpi)
  add_library(zerogap::mpi INTERFACE IMPORTED GLOBAL)
  target_link_libraries(zerogap::mpi INTERFACE MPI::MPI_C)
  target_compile_definitions(zerogap::mpi INTERFACE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
endif()

# Without the libraries that HDF5 itself is linked with, which the wrapper also lists. The headers of an HDF5 with MPI
# include MPI's.
list(FILTER HDF5_C_LIBRARIES INCLUDE REGEX "hdf5")
if(NOT TARGET zerogap::libhdf5)
  add_library(zerogap::libhdf5 INTERFACE IMPORTED GLOBAL)
  target_include_directories(zerogap::libhdf5 SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
  target_link_libraries(zerogap::libhdf5 INTERFACE ${HDF5_C_LIBRARIES} zerogap::mpi)
  target_compile_definitions(zerogap::libhdf5 INTERFACE ${HDF5_C_DEFINITIONS})
endif()
