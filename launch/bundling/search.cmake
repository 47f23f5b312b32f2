# SPDX-License-Identifier: Apache-2.0
# cmake -D file=FILE [-D folders=FOLDERS] -P search.cmake: where a binary looks for libraries before all else; nowhere, if
# no folders are given. There is room for what is no longer than before.
if(folders)
  file(RPATH_SET FILE "${file}" NEW_RPATH "${folders}")
else()
  file(RPATH_REMOVE FILE "${file}")
endif()
