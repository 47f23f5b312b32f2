# SPDX-License-Identifier: Apache-2.0
# cmake --install: a tree that may be moved. The program finds share/zerogap relative to itself; external libraries
# (LibTorch, MPI, HDF5, ...) stay where they are.

include(CMakePackageConfigHelpers)
set(share "${CMAKE_INSTALL_DATADIR}/zerogap")
set(package "${CMAKE_INSTALL_LIBDIR}/cmake/zerogap")

# Installed unchanged: CMake would remove the libraries' folders, which are linker flags, from them.
install(PROGRAMS "$<TARGET_FILE:zerogap>" DESTINATION "${CMAKE_INSTALL_BINDIR}")
# Where libzerogap_torch.so is, installed and in the build. DT_RPATH instead of DT_RUNPATH, because launch/bundle puts
# its own folder there, which must also apply to the libraries of libraries.
set_target_properties(zerogap PROPERTIES BUILD_RPATH "\$ORIGIN/../lib/zerogap;\$ORIGIN/lib/zerogap")
target_link_options(zerogap PRIVATE "LINKER:--disable-new-dtags")
install(FILES "$<TARGET_FILE:zerogap_torch>" DESTINATION lib/zerogap)

# The manual page and the shells' completions are printed by the program itself.
foreach(
  text
  "man|${CMAKE_INSTALL_MANDIR}/man1/zerogap.1"
  "completion bash|${CMAKE_INSTALL_DATADIR}/bash-completion/completions/zerogap"
  "completion zsh|${CMAKE_INSTALL_DATADIR}/zsh/site-functions/_zerogap")
  string(REGEX MATCH "^[^|]*" words "${text}")
  string(REGEX MATCH "[^|]*$" file "${text}")
  get_filename_component(folder "${file}" DIRECTORY)
  get_filename_component(name "${file}" NAME)
  string(MAKE_C_IDENTIFIER "${file}" made)
  set(made "${CMAKE_BINARY_DIR}/generated/${made}")
  install(CODE "execute_process(COMMAND \"$<TARGET_FILE:zerogap>\" ${words} OUTPUT_FILE \"${made}\" COMMAND_ERROR_IS_FATAL ANY)")
  install(FILES "${made}" DESTINATION "${folder}" RENAME "${name}")
endforeach()

# Files that the program reads or starts, in the same folders as in the repository, so that scripts and pages find each
# other.
install(PROGRAMS launch/mpirun launch/paper launch/plot launch/report launch/setup DESTINATION "${share}/launch")
install(FILES launch/common.sh launch/environment.yml DESTINATION "${share}/launch")
install(FILES launch/python/__main__.py launch/python/pyproject.toml DESTINATION "${share}/launch/python")
install(
  DIRECTORY launch/python/zerogap_tools
  DESTINATION "${share}/launch/python"
  FILES_MATCHING
  PATTERN "*.py"
  PATTERN __pycache__ EXCLUDE)
install(FILES tests/support/recheck.py DESTINATION "${share}/tests/support")
install(PROGRAMS datasets/fetch DESTINATION "${share}/datasets")
install(FILES datasets/README.md datasets/mnist.sha256 DESTINATION "${share}/datasets")
install(DIRECTORY configs docs examples slurm DESTINATION "${share}" USE_SOURCE_PERMISSIONS)
install(FILES README.md LICENSE CHANGELOG.md CITATION.cff CONTRIBUTING.md DESTINATION "${share}")

# find_package(zerogap): a library a folder, and zerogap::zerogap for all of them. A component of its own, which
# launch/bundle leaves out.
add_library(zerogap_all INTERFACE)
set_target_properties(zerogap_all PROPERTIES EXPORT_NAME zerogap)
set(targets zerogap_all)
foreach(folder IN LISTS ZEROGAP_LIBRARIES)
  list(APPEND targets zerogap_${folder})
  target_link_libraries(zerogap_all INTERFACE zerogap_${folder})
endforeach()
# The public interface (docs/use.md): two headers, and those that they include.
set(public
    inference/network.hpp
    objective/certify_weights.hpp
    bounds/lagrangian_bound.hpp
    comm/communicator.hpp
    comm/share.hpp
    core/claim.hpp
    core/error.hpp
    core/memory.hpp
    data/dataset.hpp
    data/options.hpp
    data/source.hpp
    kernels/patches.hpp
    model/dual_weights.hpp
    model/filters.hpp
    model/options.hpp
    model/program_parameters.hpp)
foreach(header IN LISTS public)
  file(STRINGS "src/${header}" includes REGEX "^#include \"")
  list(TRANSFORM includes REPLACE "^#include \"([^\"]*)\".*" "\\1")
  foreach(included IN LISTS includes)
    if(NOT included IN_LIST public)
      message(FATAL_ERROR "the public header src/${header} includes ${included}, which is not installed; "
                          "list it in launch/cmake/install.cmake, or include less")
    endif()
  endforeach()
  get_filename_component(folder "${header}" DIRECTORY)
  install(FILES "src/${header}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/zerogap/${folder}" COMPONENT development)
endforeach()
install(TARGETS ${targets} EXPORT zerogap ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
install(EXPORT zerogap NAMESPACE zerogap:: FILE zerogapTargets.cmake DESTINATION "${package}" COMPONENT development)
configure_package_config_file(launch/cmake/zerogapConfig.cmake.in "${CMAKE_BINARY_DIR}/generated/zerogapConfig.cmake"
                              INSTALL_DESTINATION "${package}")
write_basic_package_version_file("${CMAKE_BINARY_DIR}/generated/zerogapConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(
  FILES "${CMAKE_BINARY_DIR}/generated/zerogapConfig.cmake" "${CMAKE_BINARY_DIR}/generated/zerogapConfigVersion.cmake"
        launch/cmake/libraries.cmake
  DESTINATION "${package}"
  COMPONENT development)

# Line tables name the folders of the build.
if(CMAKE_STRIP)
  install(
    CODE "set(place \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}\")
file(GLOB archives \"\${place}/${CMAKE_INSTALL_LIBDIR}/libzerogap_*.a\")
foreach(file \"\${place}/${CMAKE_INSTALL_BINDIR}/zerogap\" \"\${place}/lib/zerogap/libzerogap_torch.so\" \${archives})
  execute_process(COMMAND \"${CMAKE_STRIP}\" --strip-debug \"\${file}\" COMMAND_ERROR_IS_FATAL ANY)
endforeach()")
endif()
