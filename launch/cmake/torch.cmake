# SPDX-License-Identifier: Apache-2.0
# Target zerogap::torch: the LibTorch that CMAKE_PREFIX_PATH offers (a folder .../site-packages/torch will do), or
# that of the environment that launch/setup made (PyPI's wheel, which needs the CUDA toolkit's libraries), or else
# Debian's. ZEROGAP_ENVIRONMENT names another environment.
#
# Named by absolute path and not by the package's own TorchConfig.cmake, because that one enables CUDA as a language,
# adds nvcc flags to everything, overrides the architectures asked for, and uses Debian's libtorch.so instead of the
# wheel's if both are installed.
#
# A build without CUDA on a machine that has the toolkit still links the wheel: only zerogap's CUDA code is left out.
# The wheel's CUDA half (torch_cuda) is not linked: it costs every rank 350 MB and 0.1 s, and zerogap's kernels do not
# need it.

find_path(ZEROGAP_TORCH_OFFERED torch/csrc/api/include/torch/torch.h NO_SYSTEM_ENVIRONMENT_PATH NO_CMAKE_SYSTEM_PATH)
if(ZEROGAP_TORCH_OFFERED)
  get_filename_component(wheel "${ZEROGAP_TORCH_OFFERED}" DIRECTORY)
  set(environment "CMAKE_PREFIX_PATH")
elseif(ZEROGAP_ENVIRONMENT)
  set(environment "${ZEROGAP_ENVIRONMENT}")
else()
  execute_process(
    COMMAND "${CMAKE_SOURCE_DIR}/launch/setup" --where
    OUTPUT_VARIABLE environment OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endif()

if(NOT ZEROGAP_TORCH_OFFERED)
  file(GLOB wheel "${environment}/lib/python3*/site-packages/torch")
endif()
if(wheel)
  set(include "${wheel}/include")
  set(lib "${wheel}/lib")
  set(origin "PyPI's wheel")
  if(ZEROGAP_TORCH_OFFERED)
    set(origin "CMAKE_PREFIX_PATH (${wheel})")
  endif()
else()
  find_path(ZEROGAP_TORCH_INCLUDE torch/csrc/api/include/torch/torch.h PATHS /usr/include NO_DEFAULT_PATH)
  find_library(ZEROGAP_TORCH_LIBRARY torch PATHS /usr/lib /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE} NO_DEFAULT_PATH)
  if(NOT ZEROGAP_TORCH_INCLUDE OR NOT ZEROGAP_TORCH_LIBRARY)
    message(FATAL_ERROR "LibTorch is missing (neither in ${environment} nor from Debian); run launch/setup")
  endif()
  set(include "${ZEROGAP_TORCH_INCLUDE}")
  get_filename_component(lib "${ZEROGAP_TORCH_LIBRARY}" DIRECTORY)
  set(origin "Debian's package")
endif()

# The header that holds the version has moved between releases.
foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
  if(EXISTS "${include}/${header}")
    zerogap_header_version(ZEROGAP_TORCH_VERSION "${include}/${header}" TORCH_VERSION_MAJOR TORCH_VERSION_MINOR
                           TORCH_VERSION_PATCH)
    break()
  endif()
endforeach()

if(NOT ZEROGAP_TORCH_VERSION MATCHES "^(1\\.13|2\\.6|2\\.11)\\.")
  message(WARNING "LibTorch ${ZEROGAP_TORCH_VERSION} was never tried (1.13, 2.6 and 2.11 were); going on with it.")
endif()

# The toolkit's libraries that the wheel loads, wherever the toolkit lies.
set(runtime "")
if(wheel)
  set(runtime "${lib}")
  if(EXISTS "${lib}/libc10_cuda.so")
    find_package(CUDAToolkit REQUIRED)
    file(GLOB more "${CUDAToolkit_LIBRARY_DIR}" "${CUDAToolkit_LIBRARY_ROOT}/extras/CUPTI/lib64" "${wheel}/../nvidia/*/lib")
    list(APPEND runtime ${more})
  endif()
endif()
# The folder that the program reports.
set(ZEROGAP_TORCH_LIB "${lib}")
add_library(zerogap::torch INTERFACE IMPORTED GLOBAL)
target_include_directories(zerogap::torch SYSTEM INTERFACE "${include}" "${include}/torch/csrc/api/include")
# As flags, or CMake would warn about every program that the wheel's libgomp.so.1 may stand in for the compiler's.
# It does in tests that are linked with LibTorch: a process has one OpenMP.
target_link_libraries(zerogap::torch INTERFACE "-L${lib}" -ltorch_cpu -lc10 Threads::Threads)
foreach(folder IN LISTS runtime)
  target_link_options(zerogap::torch INTERFACE "LINKER:-rpath,${folder}" "LINKER:-rpath-link,${folder}")
endforeach()
# DT_RPATH instead of DT_RUNPATH, because only the former also serves the libraries that LibTorch's libraries load.
target_link_options(zerogap::torch INTERFACE "LINKER:--disable-new-dtags")
message(STATUS "LibTorch ${ZEROGAP_TORCH_VERSION} from ${origin}")
