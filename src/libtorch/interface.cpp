// SPDX-License-Identifier: Apache-2.0
/// The hash that torch_library() compares with the program's own (src/CMakeLists.txt).
extern "C" const char* zerogap_torch_interface() { return ZEROGAP_TORCH_INTERFACE; }
