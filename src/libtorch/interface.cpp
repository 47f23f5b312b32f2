#include "revision.hpp"

/// What torch_library() compares with the program's own.
extern "C" const char* zerogap_torch_revision() { return ZEROGAP_REVISION; }
