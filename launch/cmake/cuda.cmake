# SPDX-License-Identifier: Apache-2.0
# Enables CUDA as a language if the toolkit has a compiler, and sets ZEROGAP_CUDA_KERNELS: whether the kernels of
# src/cuda are in the build. Without them src/cuda/device_none.cpp says so.

option(ZEROGAP_CUDA_LINES "Lines of the CUDA kernels' sources for profilers and compute-sanitizer; names the build's folders" OFF)
set(ZEROGAP_CUDA_KERNELS OFF)
if(ZEROGAP_CUDA AND CUDAToolkit_FOUND AND EXISTS "${CUDAToolkit_NVCC_EXECUTABLE}")
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    # The architectures of this machine's GPUs. Without a GPU those of H100 and H200, and for later ones code that the
    # driver compiles. Each costs build time; launch/bundle uses several.
    execute_process(
      COMMAND nvidia-smi --query-gpu=compute_cap --format=csv,noheader
      OUTPUT_VARIABLE found ERROR_QUIET RESULT_VARIABLE failed)
    set(CMAKE_CUDA_ARCHITECTURES "")
    if(failed STREQUAL "0")
      string(REGEX MATCHALL "[0-9]+[.][0-9]" CMAKE_CUDA_ARCHITECTURES "${found}")
      string(REPLACE "." "" CMAKE_CUDA_ARCHITECTURES "${CMAKE_CUDA_ARCHITECTURES}")
      list(REMOVE_DUPLICATES CMAKE_CUDA_ARCHITECTURES)
    endif()
    if(NOT CMAKE_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES 90)
    endif()
  endif()
  if(NOT DEFINED CMAKE_CUDA_COMPILER)
    set(CMAKE_CUDA_COMPILER "${CUDAToolkit_NVCC_EXECUTABLE}")
  endif()
  if(CCACHE AND NOT DEFINED CMAKE_CUDA_COMPILER_LAUNCHER)
    set(CMAKE_CUDA_COMPILER_LAUNCHER "${CCACHE}")
  endif()
  enable_language(CUDA)
  # CMake 3.25 does not know that nvcc 12 and later has C++20.
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
  set(ZEROGAP_CUDA_KERNELS ON)
  message(STATUS "CUDA kernels for ${CMAKE_CUDA_ARCHITECTURES}")
endif()

# zerogap_cuda_kernels(TARGET) adds the .cu files of src/cuda to a library. They are compiled apart, with
# no flags and no include folders but their own, so that nvcc sees headers of kernels and core only.
function(zerogap_cuda_kernels library)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/cuda/*.cu")
  add_library(zerogap_cuda_objects OBJECT ${sources})
  target_include_directories(zerogap_cuda_objects PRIVATE "${CMAKE_BINARY_DIR}/include/cuda" "${CMAKE_BINARY_DIR}/include/kernels" "${CMAKE_BINARY_DIR}/include/core")
  string(REPLACE ";" ", " architectures "${CMAKE_CUDA_ARCHITECTURES}")
  target_compile_definitions(zerogap_cuda_objects PRIVATE "ZEROGAP_CUDA_ARCHITECTURES=\"${architectures}\"")
  target_compile_options(
    zerogap_cuda_objects
    PRIVATE # As on the host: kernels write their multiply-adds, and results do not depend on what the compiler saw.
            --fmad=false
            $<$<BOOL:${ZEROGAP_CUDA_LINES}>:-lineinfo>
            "-Xcompiler=-Wall,-Wextra,-ffp-contract=off"
            $<$<BOOL:${ZEROGAP_WERROR}>:-Werror=all-warnings>)
  target_sources(${library} PRIVATE $<TARGET_OBJECTS:zerogap_cuda_objects>)
  # The static runtime, so that the program starts without an installed toolkit.
  target_link_libraries(${library} PRIVATE CUDA::cudart_static)
endfunction()
