# SPDX-License-Identifier: Apache-2.0
# Tests: GoogleTest programs that run alone or under mpirun. Their exit codes decide: 0 passed, 77 skipped.

find_package(GTest REQUIRED)

# tests/support: main() and everything that several tests share. Included as "support/name.hpp".
add_library(
  zerogap_test_main STATIC "${CMAKE_SOURCE_DIR}/tests/support/main.cpp" "${CMAKE_SOURCE_DIR}/tests/support/run_tests.cpp")
target_include_directories(zerogap_test_main PUBLIC "${CMAKE_SOURCE_DIR}/tests")
target_link_libraries(
  zerogap_test_main
  PUBLIC GTest::gmock
  PRIVATE zerogap_compiler zerogap::mpi)

file(GLOB support CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/support/*.cpp")
list(FILTER support EXCLUDE REGEX "/(main|run_tests)\\.cpp$")
if(support)
  add_library(zerogap_test_support STATIC ${support})
  target_link_libraries(
    zerogap_test_support
    PUBLIC zerogap_test_main zerogap::libhdf5 zerogap_core nlohmann_json::nlohmann_json
    PRIVATE zerogap_compiler)
endif()

set(ZEROGAP_MPIRUN "" CACHE FILEPATH "The mpirun that tests are started with, if not the one of the MPI found")
if(NOT ZEROGAP_MPIRUN AND MPIEXEC_EXECUTABLE)
  set(ZEROGAP_MPIRUN "${MPIEXEC_EXECUTABLE}")
endif()
set(ZEROGAP_MPIRUN_FLAGS --map-by :OVERSUBSCRIBE --bind-to none --mca mpi_yield_when_idle 1)
if(ZEROGAP_MPI_VERSION VERSION_LESS 5)
  # Suppresses Open MPI 4's message about each exit code but 0; 5 does not have the option.
  list(APPEND ZEROGAP_MPIRUN_FLAGS --quiet)
endif()

# The environment of every test: several ranks share few cores, and root is common in containers.
set(ZEROGAP_TEST_ENVIRONMENT
    "OMPI_ALLOW_RUN_AS_ROOT=1" "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1" "OMP_WAIT_POLICY=passive"
    "LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/support/leaks.supp:print_suppressions=0"
    "UBSAN_OPTIONS=print_stacktrace=1")

# How many times as long as an optimised build's a test may take.
set(ZEROGAP_PATIENCE 1)
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(ZEROGAP_PATIENCE 4)
endif()

# zerogap_add_run(NAME COMMAND... [RANKS n] [LABELS ...] [TIMEOUT s] [LEAKS]) registers one command as a test, under
# mpirun if RANKS is given; without an mpirun the test says so and is skipped. LEAKS lets the sanitizer look for leaks.
# That is for programs without MPI: the leaks of its plug-ins cannot be distinguished from zerogap's, because they are
# unloaded when the leaks are listed.
function(zerogap_add_run name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "LEAKS" "RANKS;TIMEOUT" "COMMAND;LABELS")
  set(environment ${ZEROGAP_TEST_ENVIRONMENT})
  # CUDA's addresses are in the gap that the sanitizer reserves.
  set(sanitizer protect_shadow_gap=0)
  set(processors 1)
  set(command ${arg_COMMAND})
  if(arg_RANKS)
    set(processors ${arg_RANKS})
    set(command "${ZEROGAP_MPIRUN}" ${ZEROGAP_MPIRUN_FLAGS} -n ${arg_RANKS} ${arg_COMMAND})
    list(APPEND environment "OMP_NUM_THREADS=1")
    if(NOT ZEROGAP_MPIRUN)
      set(command sh -c "echo 'SKIPPED ${name}: needs mpirun (openmpi-bin)'; exit 77")
    endif()
  endif()
  if(NOT arg_LEAKS)
    string(APPEND sanitizer ":detect_leaks=0")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  math(EXPR arg_TIMEOUT "${ZEROGAP_PATIENCE} * ${arg_TIMEOUT}")
  add_test(NAME ${name} COMMAND ${command})
  set_tests_properties(
    ${name}
    PROPERTIES ENVIRONMENT "${environment};ASAN_OPTIONS=${sanitizer}"
               LABELS "${arg_LABELS}"
               PROCESSORS ${processors}
               COST ${arg_TIMEOUT} # those that may last begin first, so that none of them is the last one
               SKIP_RETURN_CODE 77
               TIMEOUT ${arg_TIMEOUT})
endfunction()

# zerogap_add_script(NAME FILE [ARGUMENT...] [LABELS ...] [TIMEOUT s]) registers a Python script, run by the Python that
# draws (launch/setup --python); without one the test says so and is skipped.
function(zerogap_add_script name file)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "TIMEOUT" "LABELS")
  zerogap_add_run(
    ${name}
    COMMAND "${CMAKE_SOURCE_DIR}/tests/support/python" ${name} "${file}" ${arg_UNPARSED_ARGUMENTS}
    TIMEOUT ${arg_TIMEOUT}
    LABELS ${arg_LABELS})
endfunction()

# zerogap_test(NAME name SOURCES file... [LIBRARIES folder|target...] [RANKS n...] [LABELS ...] [TIMEOUT s] [MPI])
# builds one program and registers a test of it: name.n2 for 2 ranks and so on, or without RANKS just name, which
# runs alone and, unless MPI says that it starts MPI itself, without it. LIBRARIES are folders of src or targets such
# as zerogap::torch. The program's labels are LABELS and its folder; the default time-out is 60 s.
function(zerogap_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "MPI" "NAME;TIMEOUT" "SOURCES;LIBRARIES;RANKS;LABELS")
  get_filename_component(folder "${CMAKE_CURRENT_SOURCE_DIR}" NAME)
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE zerogap_compiler)
  foreach(library IN LISTS arg_LIBRARIES)
    if(library MATCHES "^[a-z]+$" AND EXISTS "${CMAKE_SOURCE_DIR}/src/${library}")
      set(library zerogap_${library})
    endif()
    target_link_libraries(${arg_NAME} PRIVATE ${library})
  endforeach()
  if(TARGET zerogap_test_support)
    target_link_libraries(${arg_NAME} PRIVATE zerogap_test_support)
  endif()
  target_link_libraries(${arg_NAME} PRIVATE zerogap_test_main)

  set(leaks LEAKS)
  if(arg_MPI)
    set(leaks "")
  endif()
  if(NOT arg_RANKS)
    zerogap_add_run(${arg_NAME} ${leaks} COMMAND ${arg_NAME} TIMEOUT ${arg_TIMEOUT} LABELS ${arg_LABELS} ${folder})
  endif()
  foreach(ranks IN LISTS arg_RANKS)
    zerogap_add_run(
      ${arg_NAME}.n${ranks}
      COMMAND $<TARGET_FILE:${arg_NAME}>
      RANKS ${ranks}
      TIMEOUT ${arg_TIMEOUT}
      LABELS ${arg_LABELS} ${folder} mpi)
  endforeach()
endfunction()
