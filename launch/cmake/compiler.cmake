# SPDX-License-Identifier: Apache-2.0
# Target zerogap_compiler: the flags for all of zerogap's files.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -g1 -DNDEBUG")
# Without any optimisation the kernels take 20 times as long, and tests that train do not end in their time.
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g -D_GLIBCXX_ASSERTIONS")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()

add_library(zerogap_compiler INTERFACE)
# Contracted multiply-adds would make results depend on the optimiser; kernels write FMAs explicitly.
target_compile_options(
  zerogap_compiler
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -ffp-contract=off
            # errno is never read after arithmetic, and llrint becomes one instruction.
            -fno-math-errno
            # GCC 12 sees overlaps inside std::string that cannot happen (its bug 105651).
            $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
            # Messages name src/core/random.cpp, wherever the repository and the build tree lie.
            "-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=")
if(ZEROGAP_WERROR)
  target_compile_options(zerogap_compiler INTERFACE -Werror)
endif()
if(ZEROGAP_SANITIZE)
  set(sanitizers -fsanitize=address,undefined -fno-omit-frame-pointer)
  target_compile_options(zerogap_compiler INTERFACE ${sanitizers} -fno-sanitize-recover=undefined -O1)
  # The sanitizer stands between a program and dlopen(), and a library looks in its own RUNPATH, not in the program's. The
  # older RPATH of a program counts for all that it loads.
  target_link_options(zerogap_compiler INTERFACE ${sanitizers} -Wl,--disable-new-dtags)
endif()
