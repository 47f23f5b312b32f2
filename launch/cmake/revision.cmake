# SPDX-License-Identifier: Apache-2.0
# Writes ZEROGAP_REVISION_HEADER with the git revision at every build; where it is unchanged the file is left
# alone, so that nothing is compiled or linked again. Runs itself as a script for that.

if(CMAKE_SCRIPT_MODE_FILE)
  set(ENV{GIT_OPTIONAL_LOCKS} 0)
  execute_process(
    COMMAND git -C "${SOURCE}" rev-parse --short=12 HEAD
    OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed)
    set(revision unknown)
  else()
    execute_process(
      COMMAND git -C "${SOURCE}" status --porcelain --untracked-files=no
      OUTPUT_VARIABLE changes ERROR_QUIET)
    if(changes)
      string(APPEND revision "+changes")
    endif()
  endif()
  file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT "#define ZEROGAP_REVISION \"${revision}\"\n")
  return()
endif()

set(ZEROGAP_REVISION_HEADER "${CMAKE_BINARY_DIR}/generated/revision.hpp")
add_custom_target(
  zerogap_revision
  COMMAND "${CMAKE_COMMAND}" -DSOURCE=${CMAKE_SOURCE_DIR} -DOUTPUT=${ZEROGAP_REVISION_HEADER} -P
          "${CMAKE_CURRENT_LIST_FILE}"
  BYPRODUCTS "${ZEROGAP_REVISION_HEADER}"
  COMMENT "Reading the git revision"
  VERBATIM)
